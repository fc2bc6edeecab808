"""How far forecasts and nowcasts of Demo City's cases miss, and how often their intervals hold, from the store on.

Each seed is a city of its own: drawn, written as a store, made a panel of counties and months as the chapter makes it,
forecast from one month and nowcast at the ends of March, June and September of one year, with nothing known that came
later. The panel is compared with counts of the case rows.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from legalaid_eval.cells.caseload_series import monthly_counts
from legalaid_eval.cells.outlook_cells import festival
from legalaid_eval.chapters.outlook_panels import month_panel
from legalaid_eval.estimators.forecast import forecast_many, nowcast_many, reconcile
from legalaid_eval.register.simulate import simulate
from legalaid_eval.register.store import open_store
from tests.studies.base import Row, Study, markdown_table

SEEDS = range(1, 61)
HORIZON, SEASON = 12, 12
ORIGINS = (60, 63, 66, 69, 72)
"""Months known when the forecast is made."""
YEARS, ROUNDS = (2023, 2024, 2025), (3, 6, 9)
PLACE = "place"
GAIN, NEAR = 5.0, 0.04
COLUMNS = ("seed", "county", "origin", "mase", "mase_naive", "in80", "in95", "year")
COLUMNS += tuple(f"{name}{month}" for month in ROUNDS for name in ("nowcast", "linear", "held80_", "held95_"))
COLUMNS += ("equal",)
FESTIVAL = festival(pd.Period("2019-01", freq="M"), pd.Period("2025-12", freq="M"))
MEASURED = [name for name in COLUMNS if name not in ("county", "equal")]


def rows(seed: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        simulate(Path(folder) / "city", seed=seed)
        with open_store(Path(folder) / "city") as store:
            came, taken = (monthly_counts(store, what=what) for what in ("came", "taken_on"))
        cases = pd.concat(pd.read_parquet(path) for path in sorted((Path(folder) / "city/cases").glob("*.parquet")))
    equal = _equal(came, cases["applied_on"].fillna(cases["notice_on"]), cases["county"])
    equal &= _equal(taken, cases["accepted_on"].fillna(cases["notice_on"]), cases["county"])
    panels = [month_panel(cells, sorted(set(cells["county"]))).counts for cells in (came, taken)]
    origin, year = ORIGINS[seed % len(ORIGINS)], YEARS[seed // len(ORIGINS) % len(YEARS)]
    missed, late = _forecast(panels[0], origin), _nowcasts(panels[1], year)
    for county in (PLACE, *panels[0]):
        yield seed, county, origin, *missed[county], year, *late[county], "yes" if equal else "no"


def _equal(cells: pd.DataFrame, day: pd.Series, county: pd.Series) -> bool:
    """Whether every month of the panel is what the rows say."""
    month = pd.to_datetime(day).dt.strftime("%Y-%m")
    counted = pd.crosstab(county, month)
    shown = cells.pivot(index="county", columns="month", values="n")
    wanted = counted.reindex(index=shown.index, columns=shown.columns, fill_value=0)
    return bool(
        (shown.fillna(-1).to_numpy() == wanted.to_numpy()).all() and counted.to_numpy().sum() == shown.sum().sum()
    )


def _forecast(panel: pd.DataFrame, origin: int) -> dict[str, Row]:
    """MASE, that of repeating the year before, and how many of the months the intervals held, by county and summed."""
    past, came = panel.iloc[:origin], panel.iloc[origin : origin + HORIZON]
    found = reconcile(forecast_many(past, horizon=HORIZON, known=FESTIVAL), structure={PLACE: list(panel)}).frame
    whole, known = (part.assign(**{PLACE: part.sum(axis=1)}) for part in (came, past))
    lines = {}
    for name, own in found.groupby("series"):
        own, truth, seen = own.set_index("period"), whole[name], known[name]
        scale = seen.diff(SEASON).abs().mean()
        naive = np.abs(truth.to_numpy() - seen.iloc[-SEASON:].to_numpy()).mean() / scale
        held = (((own[f"lo{k}"] <= truth) & (truth <= own[f"hi{k}"])).sum() for k in ("80", "95"))
        lines[name] = f"{(own['mean'] - truth).abs().mean() / scale:.3f}", f"{naive:.3f}", *map(int, held)
    return lines


def _nowcasts(panel: pd.DataFrame, year: int) -> dict[str, Row]:
    """Errors of the nowcast and of linear scaling in percent, and whether the intervals held, after 3, 6, 9 months."""
    totals = panel[panel.index.year == year].sum()
    totals["total"] = totals.sum()
    lines: dict[str, list[object]] = {PLACE: [], **{name: [] for name in panel}}
    for month in ROUNDS:
        past = panel[panel.index <= pd.Period(f"{year}-{month:02d}", freq="M")]
        frame = nowcast_many(past, year=year, known=FESTIVAL).frame
        for row in frame.itertuples():
            total = totals[row.series]
            missed = (f"{100 * abs(guess / total - 1):.2f}" for guess in (row.expected, row.linear))
            held = int(row.lo80 <= total <= row.hi80), int(row.lo95 <= total <= row.hi95)
            lines[PLACE if row.series == "total" else row.series] += [*missed, *held]
    return {name: tuple(line) for name, line in lines.items()}


def loaded(stored: Sequence[dict[str, str]], *, place: bool = False) -> pd.DataFrame:
    """Rows of the counties, or of all of them summed."""
    frame = pd.DataFrame([row for row in stored if (row["county"] == PLACE) == place])
    frame[MEASURED] = frame[MEASURED].apply(pd.to_numeric)
    return frame


def clustered(values: pd.Series, clusters: pd.Series) -> tuple[float, float]:
    """Mean and its standard error; rows of one city hang together, as its counties share what happens."""
    sums = (values - values.mean()).groupby(clusters).sum()
    number = len(sums)
    return float(values.mean()), float(np.sqrt((sums**2).sum() * number / (number - 1)) / len(values))


def gain(frame: pd.DataFrame) -> float:
    return 100 * (1 - frame["mase"].mean() / frame["mase_naive"].mean())


def _line(name: str, frame: pd.DataFrame) -> tuple[str, ...]:
    held = [clustered(frame[column] / HORIZON, frame["seed"]) for column in ("in80", "in95")]
    shares = [f"{value:.3f}" for pair in held for value in pair]
    errors = (f"{frame['mase'].mean():.3f}", f"{frame['mase_naive'].mean():.3f}", f"{gain(frame):.1f}%")
    return name, f"{len(frame)}", *errors, *shares


def _late(name: str, frame: pd.DataFrame, month: int) -> tuple[str, ...]:
    errors = (f"{frame[f'{kind}{month}'].mean():.2f}%" for kind in ("nowcast", "linear"))
    held = (f"{value:.3f}" for k in (80, 95) for value in clustered(frame[f"held{k}_{month}"], frame["seed"]))
    return f"{name}, {month}", f"{len(frame)}", *errors, *held


def report(stored: Sequence[dict[str, str]]) -> str:
    kinds = (("counties", loaded(stored)), ("their sum", loaded(stored, place=True)))
    ahead = [_line(name, frame) for name, frame in kinds]
    late = [_late(name, frame, month) for name, frame in kinds for month in ROUNDS]
    coverage = ("80% held", "± error", "95% held", "± error")
    return f"""\
## Demo City: forecasts and nowcasts of cases against what came

From the simulated register to `estimators.forecast`, as the chapter goes: each of {len(SEEDS)} cities is drawn with its
own seed and all reforms, written as a store and made a panel of twelve counties by 84 months, which equals the counts
of its rows. How much of a month lies round Spring Festival is known beforehand. Cases that came in are forecast twelve
months ahead from a month between five and six years after the begin; the sum is that of the counties' simulated
futures. MASE is the mean absolute error over that of repeating the year before within the past (Hyndman and Koehler,
2006). Errors are clustered by city; coverage must be within {NEAR} of nominal, give or take its error.

{markdown_table(("series", "series-origins", "MASE", "naive", "gain", *coverage), ahead)}
Cases taken on in a year, nowcast after 3, 6 and 9 months of it, beside the year to date over the share of the year gone
(linear scaling); errors are mean absolute ones in percent of the year's total. On average over the three the nowcast
must miss by less. The last quarter of these cities is close to a quarter of the year, so that after nine months linear
scaling has nothing to learn and is hard to better.

{markdown_table(("series, months", "years", "error", "linear scaling", *coverage), late)}"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    """What the counties do not keep: a gain, coverage near to nominal, nowcasts better than linear scaling."""
    frame, faults = loaded(stored), []
    if (frame["equal"] != "yes").any():
        faults.append("a panel differs from the counts of its rows")
    if gain(frame) < GAIN:
        faults.append(f"forecast: gain over naive {gain(frame):.1f}%")
    for column, nominal in (("in80", 0.80), ("in95", 0.95)):
        share, error = clustered(frame[column] / HORIZON, frame["seed"])
        if abs(share - nominal) > NEAR + error:
            faults.append(f"forecast: {nominal:.0%} intervals held {share:.3f}")
    own, linear = (sum(frame[f"{kind}{month}"].mean() for month in ROUNDS) for kind in ("nowcast", "linear"))
    if own >= linear:
        faults.append(f"nowcast: error {own / len(ROUNDS):.2f}% on average, linear scaling {linear / len(ROUNDS):.2f}%")
    return faults


STUDY = Study("demo_city_caseload", COLUMNS, tuple(SEEDS), rows, report, broken)
