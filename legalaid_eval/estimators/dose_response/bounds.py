"""Profile-likelihood intervals of decay and saturation, with ends only where the data bound them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.estimators.dose_response.profile import Profile


@dataclass(frozen=True, slots=True)
class ProfileInterval:
    """A shape parameter with its profile-likelihood interval.

    An end is None where the data do not bound it: decay up to 1 (never forgotten); saturation down to 0 (any outreach
    does all there is) or up to infinity (a straight line). `estimate` may then be such a limit (`math.inf`). A decay's
    lower end of 0 is a value like others: nothing is carried over. Where no effect was found nothing is bounded, since
    without one neither parameter means anything. `identified`: some values are ruled out; `fixed`: the value was given,
    not estimated, and both ends are it.
    """

    estimate: float
    ci_low: float | None
    ci_high: float | None
    conf_level: float
    identified: bool
    fixed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Both intervals, and the scaled differences of the deviance they are read from."""

    decay: ProfileInterval
    saturation: ProfileInterval
    both: pd.DataFrame
    by_decay: pd.DataFrame
    by_saturation: pd.DataFrame


def intervals(profile: Profile, *, scale: float, cut_off: float, level: float, effect_found: bool) -> Bounds:
    """Values whose deviance, the other parameter at its best, is at most scale * cut_off above the lowest; all values
    where no effect was found, as every one of them is compatible with none.
    """
    cut_off = cut_off if effect_found else np.inf
    lowest = min(profile.deviance.min(), profile.best.deviance[0])
    height = (profile.deviance - lowest) / scale
    d, s = np.meshgrid(profile.decays, profile.saturations, indexing="ij")
    by_decay = pd.DataFrame({"decay": profile.decays, "difference": _lowest(height)})
    by_saturation = pd.DataFrame({"saturation": profile.saturations, "difference": _lowest(height.T)})
    return Bounds(
        decay=_decay(profile, by_decay.difference.to_numpy(), cut_off, level),
        saturation=_saturation(profile, by_saturation.difference.to_numpy(), cut_off, level),
        both=pd.DataFrame({"decay": d.ravel(), "saturation": s.ravel(), "difference": height.ravel()}),
        by_decay=by_decay,
        by_saturation=by_saturation,
    )


def _lowest(height: np.ndarray) -> np.ndarray:
    """Lowest of each row, between grid points by the parabola through the lowest and its neighbours."""
    found = height.min(axis=1)
    if height.shape[1] < 3:
        return found
    at = np.clip(height.argmin(axis=1), 1, height.shape[1] - 2)
    left, middle, right = (height[np.arange(len(height)), at + k] for k in (-1, 0, 1))
    bend = left - 2 * middle + right
    inside = (bend > 0) & (middle <= np.minimum(left, right))
    drop = (left - right) ** 2 / (8 * np.where(inside, bend, 1.0))
    return np.where(inside, np.maximum(middle - drop, 0.0), found)


def _decay(profile: Profile, height: np.ndarray, cut_off: float, level: float) -> ProfileInterval:
    if len(profile.decays) == 1:
        return ProfileInterval(profile.decay, profile.decay, profile.decay, level, True, True)
    low, high = _ends(profile.decays, height, profile.decay, cut_off)
    low = 0.0 if low is None else low
    return ProfileInterval(profile.decay, low, high, level, high is not None or low > 0, False)


def _saturation(profile: Profile, height: np.ndarray, cut_off: float, level: float) -> ProfileInterval:
    if len(profile.saturations) == 1:
        return ProfileInterval(profile.saturation, profile.saturation, profile.saturation, level, True, True)
    inner = np.log(profile.saturations[1:-1])
    first, last = profile.saturations[[0, -1]]
    # The limits 0 and infinity stand as far outside as the outermost values lie apart from the rest.
    below = np.log(first) if first > 0 else inner[0] - np.log(10)
    above = np.log(last) if np.isfinite(last) else inner[-1] + np.log(10)
    position = np.concatenate([[below], inner, [above]])
    best = np.clip(np.log(profile.saturation) if profile.saturation > 0 else -np.inf, position[0], position[-1])
    ends = _ends(position, height, best, cut_off)
    low, high = (None if end is None else float(np.exp(end)) for end in ends)
    return ProfileInterval(profile.saturation, low, high, level, low is not None or high is not None, False)


def _ends(position: np.ndarray, height: np.ndarray, best: float, cut_off: float) -> tuple[float | None, float | None]:
    """Outermost positions at or below the cut-off, None where the first or last is among them.

    Between grid points the root of the height is taken as straight, which it is for a parabola.
    """
    order = np.argsort(np.append(position, best), kind="stable")
    position = np.append(position, best)[order]
    root = np.sqrt(np.append(np.maximum(height, 0.0), 0.0)[order])
    top = np.sqrt(cut_off)
    inside = np.flatnonzero(root <= top)
    first, last = int(inside[0]), int(inside[-1])
    low = None if first == 0 else float(_crossing(position, root, first - 1, first, top))
    high = None if last == len(root) - 1 else float(_crossing(position, root, last + 1, last, top))
    return low, high


def _crossing(position: np.ndarray, root: np.ndarray, outside: int, inside: int, top: float) -> float:
    share = (top - root[inside]) / (root[outside] - root[inside])
    return position[inside] + share * (position[outside] - position[inside])
