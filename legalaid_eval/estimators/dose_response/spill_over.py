"""Outreach of the places next door, as an exposure of its own."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import columns


def neighbour_exposure(
    frame: pd.DataFrame,
    *,
    place: str,
    neighbours: Mapping[object, Iterable[object]],
    dose: str,
    time: str | None = None,
    weight: str | None = None,
) -> pd.Series:
    """Mean dose of each place's neighbours in the same period, (rows,) with the frame's index, called
    `neighbour_dose`.

    `frame` holds one row for each `place` (and `time`); `neighbours` names the neighbours of each place; `weight` is a
    column such as residents, by which their mean is weighted. A neighbour without a row in that period does not count;
    a place without any is NaN, not 0: what its neighbours did is not known.

    Raises UsageError for places that are their own neighbours, names that occur nowhere in the frame, places without an
    entry, and places that stand twice in a period.

    Example: `cells.assign(next_door=neighbour_exposure(cells, place="township", neighbours=borders, dose="reach",
    time="month"))`.
    """
    columns.require_columns(frame, [place, dose, time, weight])
    doses = columns.non_negative(frame, dose)
    weights = np.ones(len(frame)) if weight is None else columns.exposures(frame, weight)
    pairs = _pairs(frame[place], neighbours)
    rows = pd.DataFrame(
        {
            "place": frame[place].to_numpy(),
            "time": 0 if time is None else frame[time].to_numpy(),
            "row": np.arange(len(frame)),
            "dose": doses,
            "weight": weights,
        }
    )
    columns.refuse(frame, place, rows.duplicated(["place", "time"]).to_numpy(), "one row a place and period; add up")
    joined = rows[["place", "time", "row"]].merge(pairs, on="place")
    near = rows.rename(columns={"place": "neighbour"})[["neighbour", "time", "dose", "weight"]]
    joined = joined.merge(near, on=["neighbour", "time"])
    total = np.bincount(joined.row, joined.weight, len(frame))
    amount = np.bincount(joined.row, joined.weight * joined.dose, len(frame))
    mean = np.divide(amount, total, out=np.full(len(frame), np.nan), where=total > 0)
    return pd.Series(mean, index=frame.index, name="neighbour_dose")


def _pairs(places: pd.Series, neighbours: Mapping[object, Iterable[object]]) -> pd.DataFrame:
    """Frame `place, neighbour`, one row a pair."""
    known = set(places)
    if places.isna().any():
        raise UsageError(f"found missing values in '{places.name}'; expected a place in every row; leave them out")
    if any(isinstance(near, str) for near in neighbours.values()):
        raise UsageError(
            "found a text in place of a list of neighbours; expected lists; write ['name'] for a single one"
        )
    listed = {name: list(near) for name, near in neighbours.items()}
    missing = sorted(map(str, known - set(listed)))
    strange = sorted({str(other) for near in listed.values() for other in near if other not in known})
    if missing or strange or any(name in near for name, near in listed.items()):
        raise UsageError(
            f"found places without an entry in neighbours ({', '.join(missing) or 'none'}), neighbours that are not in "
            f"'{places.name}' ({', '.join(strange) or 'none'}), or a place that is its own; expected every place once, "
            "with a list (empty for none) of other places; correct the neighbours"
        )
    pairs = [(name, other) for name in known for other in dict.fromkeys(listed[name])]
    return pd.DataFrame(pairs, columns=["place", "neighbour"])
