"""The curves that the data allow, as equally likely draws of decay, saturation and coefficient."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from legalaid_eval.estimators.dose_response.adstock import kept_up, saturated
from legalaid_eval.estimators.dose_response.profile import Profile

DRAWS = 1000
GOLDEN = (5**0.5 - 1) / 2
UNTOLD = 1e-12
"""Of the most information of any value: with less, rounding errors would be the coefficient."""


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """M equally likely curves: `decay`, `saturation`, `coefficient` (M,).

    A stock lifts the logit by coefficient * (1 - exp(-stock / saturation)) / (1 - exp(-reference / saturation)).
    """

    decay: np.ndarray
    saturation: np.ndarray
    coefficient: np.ndarray
    reference: float

    def __len__(self) -> int:
        return len(self.decay)

    def lift(self, stock: np.ndarray) -> np.ndarray:
        """(M, ...) change of the logit by stocks (M, ...), or (1, ...) for equal stocks in all curves."""
        own = (-1,) + (1,) * (stock.ndim - 1)
        return self.coefficient.reshape(own) * saturated(stock, self.saturation.reshape(own), self.reference)

    def slope(self, stock: np.ndarray) -> np.ndarray:
        """(M, ...) derivative of `lift` by the stock; of shapes as there, where no saturation is 0."""
        own = (-1,) + (1,) * (stock.ndim - 1)
        saturation = self.saturation.reshape(own)
        scale = np.where(np.isfinite(saturation), saturation, 1.0)
        curved = np.exp(-stock / scale) / (-np.expm1(-self.reference / scale) * scale)
        return self.coefficient.reshape(own) * np.where(np.isfinite(saturation), curved, 1 / self.reference)

    def stock_of(self, dose: np.ndarray, periods: int) -> np.ndarray:
        """(M, D) stock of doses (D,) kept up for so many periods, in the last of them."""
        return kept_up(periods, self.decay)[:, None] * dose


def likely_curves(profile: Profile, *, scale: float, df: float, draws: int = DRAWS) -> Curves:
    """Draws in which a point of the profile has the weight of its likelihood, and the coefficient there its t
    distribution.

    The quasi-likelihood with its scale integrated out, (1 + deviance / (scale df))^(-(df + 1) / 2), is itself
    integrated, uniform in the decay and in the logarithm of the saturation: where outreach does nothing neither means
    anything, and a curve at the best values alone would look far too sure (Davies 1987). Values at which doses no
    longer differ, so that no coefficient can be told, have no weight. The draws lie on a Fibonacci lattice
    (Niederreiter 1992), so that they are the same every time.
    """
    lower = (profile.deviance - profile.deviance.min()) / scale
    told = profile.information > UNTOLD * profile.information.max()
    weight = (profile.mass * told * (1 + lower / df) ** (-(df + 1) / 2)).ravel()
    m = np.arange(draws)
    at = np.searchsorted(np.cumsum(weight) / weight.sum(), (m + 0.5) / draws)
    at = np.minimum(at, len(weight) - 1)
    error = special.stdtrit(df, (m * GOLDEN + 0.5) % 1)
    plane = np.meshgrid(profile.decays, profile.saturations, indexing="ij")
    decay, saturation = (part.ravel()[at] for part in plane)
    beta, information = profile.beta.ravel()[at], profile.information.ravel()[at]
    return Curves(decay, saturation, beta + error * np.sqrt(scale / information), profile.reference)
