"""Dose-response of outreach: how much of it changes how much, for how long, and where more stops helping."""

import numpy as np
import pandas as pd
from scipy import special, stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import columns
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.counts.robust import sandwich
from legalaid_eval.estimators.dose_response import logistic
from legalaid_eval.estimators.dose_response.bounds import Bounds, intervals
from legalaid_eval.estimators.dose_response.curves import likely_curves
from legalaid_eval.estimators.dose_response.effects import interval, overall_draws
from legalaid_eval.estimators.dose_response.panel import Panel, read_panel, require_estimable
from legalaid_eval.estimators.dose_response.profile import Profile, pearson, profile
from legalaid_eval.estimators.dose_response.results import DoseResponse

FEW_PLACES = 6


def fit_dose_response(
    frame: pd.DataFrame,
    *,
    place: str,
    time: str | None = None,
    successes: str,
    trials: str,
    dose: str,
    doses: pd.DataFrame | None = None,
    decay: float | None = None,
    saturation: float | None = None,
    conf_level: float = 0.95,
) -> DoseResponse:
    """Outreach's effect on a proportion: geometric adstock, saturation 1 - exp(-stock / s), logit link, an effect of
    every place and one of every wave.

    `frame` holds one row for each `place` and `time` (wave or month; whole numbers or pandas Periods): `successes` of
    `trials` (aware of asked, applied of residents) and, without `doses`, the `dose` of that period (persons reached per
    head, 0 for none). `doses` holds the same columns `place, time, dose` for every place and period up to the last
    wave, also between waves and before the first, so that what was carried over is known; before its first period there
    was none. Without `time` the rows of a place are cells of one moment, such as the arms of a trial: there is no wave
    effect and nothing is carried over. `decay` (0 to below 1) and `saturation` are estimated unless they are given.

    Decay and saturation get profile-likelihood intervals with the cut-off F(1, places - 1) on the deviance divided by
    `scale` (quasi-likelihood, McCullagh and Nelder 1989, ch. 9; scaled up where places' shocks last, by CR2 errors of
    Bell and McCaffrey 2002), unbounded where the data do not bound them. Effects integrate over both, so that they stay
    honest where neither is identified; their t distribution has places - 1 degrees of freedom.

    It compares places over time and takes as given that outreach did not go where awareness was about to rise anyway.

    Raises UsageError for impossible columns, missing doses, doses that places and waves explain wholly, and too few
    cells.

    Example: `fit_dose_response(cells, place="county", time="wave", successes="aware", trials="asked", dose="reach",
    doses=monthly).effect([0.1, 0.2])`.
    """
    level = columns.require_level(conf_level)
    _require_shape(decay, saturation)
    if time is None and (doses is not None or decay):
        raise UsageError(
            "found doses or a decay, but no time; expected `time` with them; name the column of the periods"
        )
    panel = read_panel(frame, doses, place=place, time=time, successes=successes, trials=trials, dose=dose)
    require_estimable(panel)
    found = profile(panel, decay=decay if panel.timed else 0.0, saturation=saturation)
    _require_variation(panel, found)
    dispersion, factor = _dispersion(panel, found, free=_free(panel, decay, saturation)), _cluster(panel, found)
    return _result(panel, found, dispersion, factor, level, successes)


def _require_shape(decay: float | None, saturation: float | None) -> None:
    for name, value, top in (("decay", decay, 1.0), ("saturation", saturation, np.inf)):
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if value is not None and not (number and 0 <= value < top):
            raise UsageError(f"found {name} {value!r}; expected a number from 0 to below {top:g}; leave it to be found")
    if saturation == 0:
        raise UsageError("found saturation 0; expected a stock above 0; leave it out to have it estimated")


def _require_variation(panel: Panel, found: Profile) -> None:
    term, best = found.term(panel), found.best
    weight = logistic.working(best.logit, panel.n)[0][0]
    if found.information.max() <= 1e-8 * (weight * term**2).sum():
        raise UsageError(
            "found doses that the effects of places and waves explain wholly; expected some places to have more at one "
            "time and less at another than others; there is nothing to compare"
        )


def _free(panel: Panel, decay: float | None, saturation: float | None) -> int:
    """How many of the two were estimated."""
    return (decay is None and panel.timed) + (saturation is None)


def _dispersion(panel: Panel, found: Profile, free: int) -> float:
    """Pearson's chi-square by its degrees of freedom at the best values, `free` of which were estimated."""
    return pearson(panel, found.best.mu[0]) / (panel.df - 1 - free)


def _cluster(panel: Panel, found: Profile) -> float:
    """CR2 variance of the coefficient, by place, on the last working response, times the information."""
    (weight,), (mu,) = logistic.working(found.best.logit, panel.n)
    seen = panel.seen
    waves = np.eye(panel.y.shape[1])[1 if panel.timed else panel.y.shape[1] :, None, :]
    terms = np.concatenate([np.broadcast_to(waves, (len(waves), *panel.y.shape)), found.term(panel)[None]])
    terms = (terms - ((weight * terms).sum(axis=2) / weight.sum(axis=1))[:, :, None]) * np.sqrt(weight)
    errors = (panel.y - panel.n * mu) / np.sqrt(np.where(seen, weight, 1.0))
    place = np.broadcast_to(np.arange(len(panel.places))[:, None], seen.shape)[seen]
    robust = sandwich(terms[:, seen].T, errors[seen], place, errors_kind="cr2")
    return float(robust.covariance[-1, -1] * found.best.information[0])


def _result(
    panel: Panel,
    found: Profile,
    dispersion: float,
    clustered: float,
    level: float,
    outcome: str,
) -> DoseResponse:
    scale, df = max(1.0, dispersion, clustered), len(panel.places) - 1
    cut_off = float(stats.f.ppf(level, 1, df))
    curves, logit = likely_curves(found, scale=scale, df=df), found.best.logit[0]
    overall = _overall(overall_draws(curves, panel, logit), level, outcome, panel)
    effect_found = not overall.ci_low <= 0 <= overall.ci_high
    bounds = intervals(found, scale=scale, cut_off=cut_off, level=level, effect_found=effect_found)
    return DoseResponse(
        decay=bounds.decay,
        saturation=bounds.saturation,
        overall=overall,
        profile=bounds.both,
        profile_decay=bounds.by_decay,
        profile_saturation=bounds.by_saturation,
        cut_off=cut_off,
        fitted=_fitted(panel, found),
        coefficient=float(found.best.beta[0]),
        coefficient_error=float(np.sqrt(scale / found.best.information[0])),
        deviance=float(found.best.deviance[0]),
        dispersion=dispersion,
        cluster_factor=clustered / dispersion if dispersion > 0 else 1.0,
        scale=scale,
        df=df,
        dose_range=(float(panel.doses.min()), float(panel.doses.max())),
        n=int(panel.seen.sum()),
        n_places=len(panel.places),
        n_waves=panel.n_waves,
        conf_level=level,
        notes=_notes(panel, bounds, effect_found),
        curves=curves,
        panel=panel,
        logit=logit,
    )


def _overall(draws: np.ndarray, level: float, outcome: str, panel: Panel) -> Estimate:
    middle, low, high = map(float, interval(draws, level))
    error = (high - low) / (2 * float(stats.t.ppf((1 + level) / 2, len(panel.places) - 1)))
    n, places = int(panel.seen.sum()), len(panel.places)
    about = "outreach_change", outcome, "percentage_point"
    return Estimate(*about, middle, error, low, high, level, n, places, "dose_response")


def _fitted(panel: Panel, found: Profile) -> pd.DataFrame:
    g, t = np.nonzero(panel.seen)
    logit, part = found.best.logit[0], found.best.beta[0] * found.term(panel)
    n = panel.n[g, t]
    return pd.DataFrame(
        {
            "place": panel.places[g],
            "time": panel.waves[t] if panel.timed else None,
            "trials": n,
            "observed": panel.y[g, t] / n,
            "fitted": special.expit(logit)[g, t],
            "without": special.expit(logit - part)[g, t],
            "stock": panel.stock(found.decay)[g, t],
        }
    )


def _notes(panel: Panel, bounds: Bounds, effect_found: bool) -> tuple[str, ...]:
    notes = list(panel.left_out)
    notes += ["decay_not_bounded"] if bounds.decay.ci_high is None else []
    sides = (("below", bounds.saturation.ci_low), ("above", bounds.saturation.ci_high))
    notes += [f"saturation_not_bounded:{side}" for side, end in sides if end is None]
    notes += [] if effect_found else ["no_effect_found"]
    notes += [f"few_places:{len(panel.places)}"] if len(panel.places) < FEW_PLACES else []
    return (*notes, *(["no_doses_before_first_wave"] if panel.timed and panel.wave_at[0] == 0 else []))
