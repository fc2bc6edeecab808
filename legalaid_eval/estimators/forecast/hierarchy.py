"""Forecasts of counties and of the city, of types and of the total, that agree with each other."""

from collections.abc import Mapping, Sequence

import numpy as np

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.forecast.counts import fitted_panel, tidy
from legalaid_eval.estimators.forecast.paths import limits
from legalaid_eval.estimators.forecast.results import Forecasts, Reconciled
from legalaid_eval.estimators.forecast.series import Panel, check_choice

BOTTOM_UP, MINT, AUTO = "bottom_up", "mint", "auto"
METHODS = (BOTTOM_UP, MINT, AUTO)
ASKED, BETTER, NO_BETTER, TOO_SHORT = "asked", "backtest_better", "backtest_no_better", "too_short"
"""Why a method was used; the last three where it was left to the back-test."""
ORIGINS, SEASONS_NEEDED, SEASONS_TO_JUDGE = 4, 3, 2
CLEARLY = 0.98
"""MinT is chosen where its error at past origins was at most this multiple of bottom-up's."""


def reconcile(
    forecasts: Forecasts, *, structure: Mapping[object, Sequence[object]], method: str = "bottom_up"
) -> Reconciled:
    """Make sums agree: upper series are the sums of their members, in the means and in every path.

    `forecasts` are of the lower series. `structure` names the members of each upper series, as in {"city": [counties]};
    a lower series may have several. "bottom_up" adds the lower forecasts up. "mint" forecasts the upper series as well
    and spreads what disagrees by the covariance of the errors, shrunk towards its diagonal (Wickramasuriya,
    Athanasopoulos and Hyndman, 2019); lower ones below 0 become 0 before they are added. Nothing is rounded: an upper
    value equals the float sum of its members.

    "auto" is MinT where its error on the upper series, in units of their change against the season before, was at least
    2% below bottom-up's over up to four past origins half a season apart, each with three seasons before it; else
    bottom-up. The result's `method` says which, its `why` asked, backtest_better, backtest_no_better or too_short.
    Raises UsageError for names that are not forecast.
    """
    check_choice("method", method, METHODS)
    lower = forecasts.panel.names
    adding = _adding(structure, lower)
    center, paths = forecasts.spread.center, forecasts.paths()
    method, why = _favoured(forecasts, adding) if method == AUTO else (method, ASKED)
    if method == MINT:
        upper = _forecast_upper(forecasts, adding)
        gain = mint_gain(_errors(upper, forecasts), adding)
        center = _moved(center, upper.spread.center, gain, adding)
        paths = _moved(paths, upper.paths(), gain, adding)
    center, paths = (np.concatenate([_sums(adding, values), values]) for values in (center, paths))
    frame = tidy((*structure, *lower), forecasts.periods, center, limits(paths))
    return Reconciled(frame, paths, method, why)


def mint_gain(errors: np.ndarray, adding: np.ndarray) -> np.ndarray:
    """How much of each disagreement (upper minus sum) goes to each lower series, shape (lower, upper).

    `errors` (upper + lower, n) are past one-step errors; `adding` (upper, lower) is 1 for a member.
    """
    upper = len(adding)
    covariance = shrunk_covariance(errors)
    constraint = np.concatenate([np.eye(upper), -adding], axis=1)
    crossed = covariance @ constraint.T
    return -np.linalg.solve(constraint @ crossed, crossed[upper:].T).T


def shrunk_covariance(errors: np.ndarray) -> np.ndarray:
    """Covariance of errors (k, n), correlations shrunk to 0 as far as they are noise (Schaefer and Strimmer, 2005)."""
    n = errors.shape[1]
    scale = np.maximum(np.sqrt((errors**2).mean(axis=1)), 1e-9)
    standard = errors / scale[:, None]
    correlation = standard @ standard.T / n
    noise = ((standard**2) @ (standard**2).T / n - correlation**2) / (n - 1)
    np.fill_diagonal(noise, 0)
    off = (correlation**2).sum() - np.trace(correlation**2)
    kept = 1 - np.clip(noise.sum() / off, 0, 1) if off > 0 else 0.0
    shrunk = kept * correlation
    np.fill_diagonal(shrunk, 1)
    return shrunk * scale[:, None] * scale


def _adding(structure: Mapping[object, Sequence[object]], lower: tuple[object, ...]) -> np.ndarray:
    if not isinstance(structure, Mapping) or not structure:
        raise UsageError("found no structure; expected {upper: [members]}; name the members of each sum")
    places = {name: i for i, name in enumerate(lower)}
    adding = np.zeros((len(structure), len(lower)))
    for i, (name, members) in enumerate(structure.items()):
        strange = [member for member in members if member not in places]
        if strange or name in places or not len(members):
            what = f"member {strange[0]!r}" if strange else f"upper series {name!r}"
            raise UsageError(
                f"found {what} in the structure; expected members that are forecast and upper series that are not; "
                "forecast the members only"
            )
        adding[i, [places[member] for member in members]] = 1
    return adding


def _sums(adding: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sums of members over the first axis."""
    return np.stack([values[row > 0].sum(axis=0) for row in adding])


def _moved(lower: np.ndarray, upper: np.ndarray, gain: np.ndarray, adding: np.ndarray) -> np.ndarray:
    return np.maximum(lower + np.tensordot(gain, upper - _sums(adding, lower), axes=1), 0)


def _favoured(forecasts: Forecasts, adding: np.ndarray) -> tuple[str, str]:
    """What did better at past origins, and the reason."""
    panel = forecasts.panel
    season, horizon = panel.season, min(forecasts.spread.center.shape[1], panel.season)
    ends = [len(panel.index) - horizon - max(1, season // 2) * i for i in range(ORIGINS)]
    errors = [_past_errors(forecasts, adding, end, horizon) for end in ends if end >= max(SEASONS_NEEDED * season, 10)]
    judged = [pair for pair in errors if np.isfinite(pair).all()]
    if not judged:
        return BOTTOM_UP, TOO_SHORT
    bottom_up, mint = np.mean(judged, axis=0)
    return (MINT, BETTER) if mint <= CLEARLY * bottom_up else (BOTTOM_UP, NO_BETTER)


def _past_errors(forecasts: Forecasts, adding: np.ndarray, end: int, horizon: int) -> tuple[float, float]:
    """Scaled errors of the upper series by bottom-up and by MinT, from the origin `end`.

    Of members with two seasons before it, NaN where there are none; upper series that never differ from the season
    before are left out.
    """
    panel, known = forecasts.panel, forecasts.known
    begun = np.isfinite(panel.values[:end]).sum(axis=0) >= SEASONS_TO_JUDGE * panel.season
    part = adding[adding[:, begun].any(axis=1)][:, begun]
    if not part.size:
        return np.nan, np.nan
    values, names = panel.values[:, begun], tuple(range(int(begun.sum())))
    until = None if known is None else known[: end + horizon]
    given = Panel(values[:end], panel.index[:end], names, panel.season)
    lower = fitted_panel(given, horizon, "combined", None, forecasts.spread.seed, until)
    upper = _forecast_upper(lower, part)
    moved = _moved(lower.spread.center, upper.spread.center, mint_gain(_errors(upper, lower), part), part)
    came, past = (_sums(part, values[at].T) for at in (slice(end, end + horizon), slice(end)))
    scale = np.nanmean(np.abs(past[:, panel.season :] - past[:, : -panel.season]), axis=1)
    errors = (np.abs(_sums(part, means) - came).mean(axis=1) for means in (lower.spread.center, moved))
    bottom_up, mint = (
        float(np.mean(found[scale > 0] / scale[scale > 0])) if scale.any() else np.nan for found in errors
    )
    return bottom_up, mint


def _forecast_upper(forecasts: Forecasts, adding: np.ndarray) -> Forecasts:
    panel = forecasts.panel
    values = np.stack([panel.values[:, row > 0].sum(axis=1) for row in adding], axis=1)
    given = Panel(values, panel.index, tuple(range(len(adding))), panel.season)
    spread = forecasts.spread
    return fitted_panel(given, spread.center.shape[1], "combined", None, spread.seed, forecasts.known)


def _errors(*parts: Forecasts) -> np.ndarray:
    """Past errors in counts of all parts' series, shape (s, n), over the last months that all of them have."""
    residuals = [errors for part in parts for errors in part.spread.residuals]
    level = np.concatenate([1 + part.spread.center.mean(axis=1) for part in parts])
    n = min(map(len, residuals))
    return np.stack([errors[-n:] for errors in residuals]) * level[:, None]
