"""How often intervals of a dose-response fit hold the truth, and whether they are unbounded where nothing is known."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy import special

from legalaid_eval.estimators.dose_response import adstock, fit_dose_response
from tests.studies.base import Row, Study, markdown_table, mean_and_error

PLACES, WAVES = 12, 8
DECAY, SATURATION = 0.5, 0.4
REACHED = 0.6
"""Share of county-waves with outreach; its dose is exponential with mean 0.4 a head."""
ASKED = (80, 300)
SHOCK = 0.2
"""Standard deviation, on the logit scale, of what each county-wave has of its own: dispersion of about 2.5."""
DOSES = (0.15, 0.5, 1.0)
STRENGTHS = {"none": 0.0, "moderate": 0.8, "strong": 1.6}
"""The most that outreach can do, on the logit scale: 0.8 and 1.6 are about 16 and 26 percentage points here."""
SETTINGS = (("none", 0.0), ("moderate", 0.0), ("moderate", 0.5), ("strong", 0.0))
LEAST_SHAPE, LEAST_EFFECT, LEAST_SHOCKS_LAST = 0.90, 0.93, 0.91
MOST_FOUND = 0.07
LEAST_UNBOUNDED = 0.90


def shocks(rng: np.random.Generator, rho: float) -> np.ndarray:
    """Stationary AR(1) by county, unit standard deviation, (PLACES, WAVES)."""
    noise = rng.standard_normal((PLACES, WAVES))
    found = noise.copy()
    for t in range(1, WAVES):
        found[:, t] = rho * found[:, t - 1] + np.sqrt(1 - rho**2) * noise[:, t]
    return found


def drawn(rng: np.random.Generator, strength: float, rho: float) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Cells of made-up counties, and the truths: change over all cells (1,) and by `DOSES`, percentage points."""
    dose = rng.exponential(0.4, (PLACES, WAVES)) * (rng.random((PLACES, WAVES)) < REACHED)
    asked = rng.integers(*ASKED, (PLACES, WAVES))
    level = 0.3 + rng.normal(0, 0.4, (PLACES, 1)) + 0.05 * np.arange(WAVES) + SHOCK * shocks(rng, rho)
    lift = strength * -np.expm1(-adstock(dose, DECAY) / SATURATION)
    aware = rng.binomial(asked, special.expit(level + lift))
    cells = {"asked": asked, "aware": aware, "reach": dose}
    frame = pd.DataFrame({name: values.ravel() for name, values in cells.items()})
    frame = frame.assign(county=np.repeat(np.arange(PLACES), WAVES), wave=np.tile(np.arange(WAVES), PLACES))
    overall = np.average(special.expit(level + lift) - special.expit(level), weights=asked)
    by_dose = strength * -np.expm1(-np.array(DOSES) / SATURATION)
    later = special.expit(level[:, -1:] + by_dose) - special.expit(level[:, -1:])
    return frame, 100 * overall, 100 * np.average(later, axis=0, weights=asked.sum(axis=1))


def holds(interval, truth: float) -> int:
    low, high = interval.ci_low, interval.ci_high
    return int((low is None or low <= truth) and (high is None or truth <= high))


def row(seed: int, index: int) -> Row:
    strength, rho = SETTINGS[index]
    frame, overall, by_dose = drawn(np.random.default_rng([seed, index]), STRENGTHS[strength], rho)
    found = fit_dose_response(frame, place="county", time="wave", successes="aware", trials="asked", dose="reach")
    curve = found.effect(DOSES, extrapolate=True)
    held = "".join(str(int(inside)) for inside in (curve.ci_low <= by_dose) & (by_dose <= curve.ci_high))
    change = holds(found.overall, overall), holds(found.overall, 0)
    shape = holds(found.decay, DECAY), holds(found.saturation, SATURATION)
    bounded = int(found.decay.identified), int(found.saturation.identified)
    width = f"{found.overall.ci_high - found.overall.ci_low:.1f}"
    return seed, strength, rho, *shape, *bounded, f"c{held}", *change, width


def rows(seed: int) -> Iterator[Row]:
    return (row(seed, index) for index in range(len(SETTINGS)))


def of_setting(stored: Sequence[dict[str, str]], setting: tuple[str, float]) -> list[dict[str, str]]:
    return [r for r in stored if (r["effect"], float(r["rho"])) == setting]


def share(own: Sequence[dict[str, str]], name: str) -> float:
    return mean_and_error([int(r[name]) for r in own])[0]


def of_curve(own: Sequence[dict[str, str]]) -> list[float]:
    """Coverage at each of `DOSES`."""
    return [mean_and_error([int(r["curve"][1 + k]) for r in own])[0] for k in range(len(DOSES))]


def report(stored: Sequence[dict[str, str]]) -> str:
    lines = []
    for strength, rho in SETTINGS:
        own = of_setting(stored, (strength, rho))
        shape = [f"{share(own, name):.3f}" if strength != "none" else "" for name in ("decay", "saturation")]
        bounded = [f"{share(own, name):.3f}" for name in ("decay_bounded", "saturation_bounded")]
        curve = [f"{value:.3f}" for value in of_curve(own)]
        width = np.median([float(r["width"]) for r in own])
        found = f"{1 - share(own, 'holds_zero'):.3f}"
        lines.append((strength, rho, *shape, *bounded, *curve, f"{share(own, 'overall'):.3f}", f"{width:.1f}", found))
    head = ("effect", "rho", "decay covers", "saturation covers", "decay bounded", "saturation bounded")
    head += (*(f"effect of {dose:g} covers" for dose in DOSES), "overall covers", "median width", "effect found")
    error = (0.95 * 0.05 / len(of_setting(stored, SETTINGS[0]))) ** 0.5
    return f"""\
## Dose-response of outreach: how often the intervals hold the truth

`estimators.dose_response.fit_dose_response`, confidence level 0.95, on {PLACES} simulated counties by {WAVES} waves of
{ASKED[0]} to {ASKED[1]} asked, decay {DECAY}, saturation {SATURATION} (doses: {REACHED:.0%} of the county-waves, mean
0.4 a head), shocks of county-waves with standard deviation {SHOCK} on the logit scale that last with autocorrelation
rho. "Bounded" says how often the interval rules out any value: with no effect neither decay nor saturation means
anything, and at least {LEAST_UNBOUNDED:.0%} of their intervals must rule out none. With an effect they must cover at
least {LEAST_SHAPE:.2f}; the curve and the overall change at least {LEAST_EFFECT:.2f}, {LEAST_SHOCKS_LAST:.2f} where
shocks last; an effect must be found in at most {MOST_FOUND:.2f} of the seeds without one. Width in percentage points;
Monte Carlo error of a coverage of .95: {error:.3f}.

{markdown_table(head, lines)}
"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    faults = []
    for strength, rho in SETTINGS:
        own = of_setting(stored, (strength, rho))
        found = [("effect", value) for value in (*of_curve(own), share(own, "overall"))]
        wrong = [pair for pair in found if pair[1] < (LEAST_EFFECT if rho == 0 else LEAST_SHOCKS_LAST)]
        if strength == "none":
            unbounded = [(name, 1 - share(own, f"{name}_bounded")) for name in ("decay", "saturation")]
            wrong += [pair for pair in unbounded if pair[1] < LEAST_UNBOUNDED]
            false = 1 - share(own, "holds_zero")
            wrong += [("found", false)] if false > MOST_FOUND else []
        else:
            shape = [(name, share(own, name)) for name in ("decay", "saturation")]
            wrong += [pair for pair in shape if pair[1] < LEAST_SHAPE]
        faults += [f"{strength}, rho {rho}: {name} {value:.4f}" for name, value in wrong]
    return faults


COLUMNS = (
    "seed",
    "effect",
    "rho",
    "decay",
    "saturation",
    "decay_bounded",
    "saturation_bounded",
    "curve",
    "overall",
    "holds_zero",
    "width",
)
STUDY = Study("dose_response_coverage", COLUMNS, tuple(range(1, 501)), rows, report, broken)
