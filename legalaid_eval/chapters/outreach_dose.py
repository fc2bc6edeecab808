"""More outreach or less: what goes with it in what people know, by county and wave.

    curve = curve_of(told)
    curve.fit.overall, curve.reason

It compares counties with themselves over time: an association, and an effect only if outreach did not go where
awareness was about to rise anyway. Whether a campaign worked, with places that had none, is a question of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from legalaid_eval.cells.base import MISSING
from legalaid_eval.chapters.awareness_panels import (
    FEW_WAVES,
    WavePanel,
    awareness_panels,
    no_panel,
    store_near_ceiling,
    why_unusable,
)
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.chapters.outreach_reach import (
    NO_EVENT,
    NO_RESIDENTS,
    Reach,
    mean_dose,
    monthly_doses,
    reach_of,
)
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.dose_response import DoseResponse, fit_dose_response
from legalaid_eval.estimators.dose_response.panel import LEAST_DF
from legalaid_eval.indicators.outreach import HEADLINE

KEPT_UP = 12
"""Months for which a dose is kept up when its change is told."""
LEAST_COUNTIES = 3
SHAPE = 3
"""What the fit estimates of the outreach: decay, saturation, and how much."""
FEW_COUNTIES, FEW_CELLS, NOT_ESTIMABLE, NOT_ASKED = "few_counties", "few_cells", "not_estimable", "not_asked"
DOSES = pd.DataFrame({"county": [], "month": [], "dose": []}).astype({"county": str, "month": str, "dose": float})


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """What goes with more outreach. `fit` is None where `reason` says why.

    doses: `county, month, dose` in persons reached per 1,000 residents and month. item: what people know. bridge,
    wordings: of the waves compared. waves: their months. unused: months of waves that lie outside of the doses.
    imputed: share of the events whose attendance is not recorded. left_out: county -> why it takes no part. kept:
    smallest and largest mean dose of KEPT_UP months up to a wave, which is what can be told of a dose that is kept up.
    held: `DoseResponse.sensitivity` of the fit. near_ceiling: `store_near_ceiling`.
    """

    told: Told
    fit: DoseResponse | None
    reason: str
    doses: pd.DataFrame
    item: str
    bridge: str
    wordings: tuple[str, ...] = ()
    waves: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    imputed: float | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[float, float] | None = None
    held: pd.DataFrame = field(default_factory=pd.DataFrame)
    near_ceiling: bool = False

    @property
    def found(self) -> bool:
        """Whether something goes with the dose: the interval of the overall change does not hold 0."""
        return self.fit is not None and "no_effect_found" not in self.fit.notes

    @property
    def mean_doses(self) -> pd.DataFrame:
        """`county, month, dose`: the mean over KEPT_UP months up to each wave, of the counties that take part."""
        means = mean_dose(self.doses, "county", months=KEPT_UP)
        return means[means["month"].isin(self.waves) & means["county"].isin(self.fit.panel.places)]


def curve_of(told: Told) -> Curve:
    """Fit it, or say why not. It looks at the whole store, also in a report on a part of it."""
    reach = reach_of(told.seen.doses)
    series = series_of(told)
    bridge, wordings = told.params.wording_bridge, () if series is None else series.wordings
    doses, left_out = county_doses(told, reach)
    cells, unused = cells_of(series, doses)
    reason = reason_of(reach, why_no_series(told, series), doses, cells)
    curve = Curve(told, None, reason, doses, HEADLINE, bridge, wordings, (), unused, reach.imputed, left_out)
    return curve if reason else fitted(replace(curve, near_ceiling=store_near_ceiling(told.seen.survey)), cells)


def series_of(told: Told) -> WavePanel | None:
    """The waves that are compared: all by the report's bridge, else those of the wording that was used most often."""
    panels = awareness_panels(told.seen.survey, HEADLINE, bridge=told.params.wording_bridge)
    return max(panels, key=lambda each: (each.panel is not None, len(each.waves)), default=None)


def why_no_series(told: Told, series: WavePanel | None) -> str:
    """Why there are no waves to compare; empty where there are."""
    return no_panel(told.seen.survey) if series is None else why_unusable(series)


def county_doses(told: Told, reach: Reach) -> tuple[pd.DataFrame, dict[str, str]]:
    """`county, month, dose`, and the counties that have none with the reason."""
    asked = told.seen.survey.answers["county"]
    everywhere = sorted({*told.seen.places.codes, *reach.cells["county"], *asked} - {MISSING})
    if reach.reason:
        return DOSES, {}
    end = min(told.params.period_end, told.seen.as_of).strftime("%Y-%m")
    doses = monthly_doses(reach.cells, "county", told.seen.residents, end=end)
    held, known = set(reach.cells["county"]), set(doses["county"])
    why = {code: NO_EVENT if code not in held else NO_RESIDENTS for code in everywhere if code not in known}
    return doses, why | {code: NOT_ASKED for code in everywhere if code in known and code not in set(asked)}


def cells_of(series: WavePanel | None, doses: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """`county, time, aware, asked` of counties with doses in the waves that these cover, and the months of the others.

    Respondents are whole numbers, and those who know are the weighted share of them: it moves a share by half a
    respondent at most. That clusters and weights make it less exact than so many respondents is in the dispersion.
    """
    empty = pd.DataFrame({"county": [], "month": [], "aware": [], "asked": []})
    if series is None or series.panel is None or doses.empty:
        return empty, ()
    frame = series.panel.frame.dropna(subset="value")
    covered = frame["month"].between(doses["month"].min(), doses["month"].max())
    unused = tuple(sorted(set(frame.loc[~covered, "month"])))
    frame = frame[covered & frame["place"].isin(doses["county"])]
    asked = frame["n"].round()
    cells = pd.DataFrame({"county": frame["place"], "month": frame["month"], "asked": asked})
    return cells.assign(aware=(frame["value"] / 100 * asked).round())[asked > 0], unused


def reason_of(reach: Reach, no_series: str, doses: pd.DataFrame, cells: pd.DataFrame) -> str:
    """Why there is nothing to fit; empty where there is. no_series: why there are no waves to compare."""
    counties, waves = cells["county"].nunique(), cells["month"].nunique()
    faults = (
        (bool(no_series), no_series),
        (bool(reach.reason), reach.reason),
        (doses.empty, NO_RESIDENTS),
        (counties < LEAST_COUNTIES, FEW_COUNTIES),
        (waves < 2, FEW_WAVES),
        (len(cells) - counties - (waves - 1) - SHAPE < LEAST_DF, FEW_CELLS),
    )
    return next((why for fault, why in faults if fault), "")


def fitted(curve: Curve, cells: pd.DataFrame) -> Curve:
    names = {"place": "county", "time": "time", "successes": "aware", "trials": "asked", "dose": "dose"}
    dated = [frame.assign(time=pd.PeriodIndex(frame["month"], freq="M")) for frame in (cells, curve.doses)]
    try:
        fit = fit_dose_response(dated[0], doses=dated[1], conf_level=curve.told.params.conf_level, **names)
    except UsageError:  # shares of 0 or 100, or doses that counties and waves explain wholly
        return replace(curve, reason=NOT_ESTIMABLE)
    found = replace(curve, fit=fit, waves=tuple(sorted(set(cells["month"]))))
    means = found.mean_doses["dose"].to_numpy()
    return replace(found, kept=(float(np.min(means)), float(np.max(means))), held=fit.sensitivity())
