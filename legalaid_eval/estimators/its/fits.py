"""How: one fit for each family, from terms and counts (or means) to coefficients with their covariance."""

import warnings
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtri, stdtrit
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.its.autocorrelation import SIGMAS, integrated_reml

PASSES = 2
"""Working responses of "ar1": the second starts from the first one's coefficients; more do not move the result."""
LOG_ALPHAS = (-16.0, 3.0)
"""Where the negative binomial's alpha is sought; at the lower end the distribution is the Poisson."""
LARGEST = 30.0
"""Logarithm of the largest mean; keeps a diverging fit finite, so that it can be refused in words."""
NO_SPREAD = 1e-10
"""Residuals of this share of the outcome are rounding."""
SHARE_OF_GRID = 3.0
"""The grid of sigma ends no lower than at this many times the spread seen beyond the known noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Coefficients (p,), covariance (p, p), the multiplier of an interval's half-width, and what was found beside.

    `dispersion` Pearson's chi-square by degrees of freedom (None where noise is 0), of the
    Poisson (or known-noise) model whatever the family; `residuals` (n,) Pearson residuals of that model; `rho`,
    `sigma`, `alpha` None where the family has none.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    df: int
    residuals: np.ndarray
    dispersion: float | None
    t_quantiles: bool = False
    rho: float | None = None
    sigma: float | None = None
    alpha: float | None = None

    def rescaled(self, lengths: np.ndarray) -> "Fit":
        """For terms that were divided by their `lengths` (p,) before the fit."""
        covariance = self.covariance / np.outer(lengths, lengths)
        return replace(self, coefficients=self.coefficients / lengths, covariance=covariance)

    def multiplier(self, conf_level: float) -> float:
        upper = 0.5 + conf_level / 2
        return float(stdtrit(self.df, upper) if self.t_quantiles else ndtri(upper))


def fit_counts(family: str, x: np.ndarray, y: np.ndarray, offset: np.ndarray, steps: np.ndarray) -> Fit:
    """One of the families; terms `x` (n, p), counts `y` (n,), logged exposure and `steps` as in `integrated_reml`."""
    if family == "ar1":
        return fit_ar1(x, y, offset, steps)
    return {"poisson": fit_poisson, "quasipoisson": fit_quasipoisson, "negbin": fit_negbin}[family](x, y, offset)


def fit_poisson(x: np.ndarray, y: np.ndarray, offset: np.ndarray) -> Fit:
    """Poisson regression, variance equal to the mean; normal quantiles."""
    found = _glm(x, y, offset, families.Poisson())
    residuals = np.asarray(found.resid_pearson)
    df = len(y) - x.shape[1]
    return Fit(found.params, found.cov_params(), df, residuals, float(residuals @ residuals) / df)


def fit_quasipoisson(x: np.ndarray, y: np.ndarray, offset: np.ndarray) -> Fit:
    """Poisson coefficients, covariance times the dispersion (McCullagh and Nelder 1989); normal quantiles.

    The dispersion is not held at 1 or above, and the quantiles are the normal ones, as in the published tutorial.
    """
    plain = fit_poisson(x, y, offset)
    return Fit(plain.coefficients, plain.covariance * plain.dispersion, plain.df, plain.residuals, plain.dispersion)


def fit_negbin(x: np.ndarray, y: np.ndarray, offset: np.ndarray) -> Fit:
    """Negative binomial with variance mu + alpha mu^2, alpha by maximum likelihood (Lawless 1987)."""
    plain = fit_poisson(x, y, offset)

    def fit(log_alpha: float):
        return _glm(x, y, offset, families.NegativeBinomial(alpha=float(np.exp(log_alpha))))

    best = minimize_scalar(lambda a: -fit(a).llf, bounds=LOG_ALPHAS, method="bounded", options={"xatol": 1e-7}).x
    found = fit(best)
    alpha = float(np.exp(best))
    return Fit(found.params, found.cov_params(), plain.df, plain.residuals, plain.dispersion, alpha=alpha)


def fit_ar1(x: np.ndarray, y: np.ndarray, offset: np.ndarray, steps: np.ndarray) -> Fit:
    """Log-linear counts with AR(1) shocks: generalised least squares of the working response, t quantiles.

    The response is eta + (y - mu) / mu with Var = 1 / mu + sigma^2 R(rho) (Breslow and Clayton 1993), rho and sigma
    integrated out; t with n - p degrees of freedom.
    """
    plain = fit_poisson(x, y, offset)
    beta = plain.coefficients
    for _ in range(PASSES):
        eta = x @ beta
        mu = np.exp(np.clip(offset + eta, -LARGEST, LARGEST))
        error = (y - mu) / mu
        excess = np.sqrt(max(float(error @ error - np.sum(1 / mu)) / plain.df, 0.0))
        scale = max(1.0, SHARE_OF_GRID * excess / SIGMAS[-1])
        found = integrated_reml(x, eta + error, 1 / mu, steps, scale)
        beta = found.coefficients
    return Fit(beta, found.covariance, plain.df, plain.residuals, plain.dispersion, True, found.rho, found.sigma)


def fit_means(x: np.ndarray, y: np.ndarray, variance: np.ndarray, steps: np.ndarray) -> Fit:
    """Means with known sampling variances and AR(1) shocks: Var = variance + sigma^2 R(rho), t quantiles.

    The grid of sigma is laid around the spread of least squares' residuals, so the unit does not matter.
    """
    df = len(y) - x.shape[1]
    residuals = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    spread = float(np.sqrt(residuals @ residuals / df))
    if spread <= NO_SPREAD * np.abs(y).max():
        raise UsageError("the outcome follows level, trend and season without any spread; expected estimates that vary")
    found = integrated_reml(x, y, variance, steps, SHARE_OF_GRID * spread / SIGMAS[-1])
    known = variance.min() > 0
    pearson = (y - x @ _weighted(x, y, variance)) / np.sqrt(variance) if known else residuals
    dispersion = float(pearson @ pearson) / df if known else None
    return Fit(found.coefficients, found.covariance, df, pearson, dispersion, True, found.rho, found.sigma)


def _weighted(x: np.ndarray, y: np.ndarray, variance: np.ndarray) -> np.ndarray:
    root = np.sqrt(variance)
    return np.linalg.lstsq(x / root[:, None], y / root, rcond=None)[0]


def _glm(x: np.ndarray, y: np.ndarray, offset: np.ndarray, family: families.Family):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whatever it warns of is refused below, in words
        found = GLM(y, x, family=family, offset=offset).fit(tol=1e-9, tol_criterion="params", maxiter=200)
    if not (found.converged and np.isfinite(found.params).all() and np.isfinite(found.bse).all()):
        raise UsageError(
            f"{y.sum():.0f} cases in {len(y)} periods do not settle the {x.shape[1]} terms; expected cases in every "
            "season, before and after the start; lower harmonics, leave out covariates, or add up to longer periods"
        )
    return found
