"""A log-linear model of counts by place and period, with cluster-robust intervals for few places."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import columns
from legalaid_eval.estimators.counts import fit
from legalaid_eval.estimators.counts.design import Cells, read_cells, require_estimable, season_terms
from legalaid_eval.estimators.counts.results import CountModel
from legalaid_eval.estimators.counts.robust import sandwich, two_way

FAMILIES = ("auto", "poisson", "negbin")
ERRORS = ("cr2", "cr1")
OVERDISPERSED = 0.05
"""Family "auto" takes the negative binomial where Poisson's Pearson chi-square would be so large this rarely."""
FEW_CLUSTERS, SMALL_DF = 6, 4.0

Errors = Callable[[np.ndarray], tuple[float, float]]
"""Standard error and degrees of freedom of a contrast (p,)."""


def count_model(
    cells: pd.DataFrame,
    *,
    count: str,
    period: str,
    exposure: str | None = None,
    covariates: Sequence[str] = (),
    harmonics: int = 2,
    season: int = 12,
    trend: bool = True,
    cluster: str | None = None,
    unit: str | None = None,
    place_effects: bool = True,
    family: str = "auto",
    errors: str = "cr2",
    conf_level: float = 0.95,
) -> CountModel:
    """Poisson or negative binomial regression of `count` with log link on season, trend and covariates.

    One row per place and period (or finer); the arguments name columns. `exposure` in natural units is logged inside.
    `period` holds whole numbers or pandas Periods, `harmonics` the number of Fourier pairs in a `season` of so many
    periods, `trend` is linear in log, per season. Covariates are numbers: the festival's share of the month, the share
    of it a reform was in force, outreach. `cluster` is the place whose shocks hang together; with it every `unit`
    (default: the cluster) has an effect of its own, unless `place_effects` is False.

    `family`: "poisson", "negbin" (NB2, alpha by maximum likelihood) or "auto": the negative binomial if Poisson's
    Pearson chi-square lies beyond its 95 percent quantile. With clusters the errors are CR2 (Bell and McCaffrey 2002)
    on the last working response with Satterthwaite's degrees of freedom; for terms that are equal everywhere at a time
    (season, festival) by place and by period (Cameron, Gelbach and Miller 2011) with the smaller degrees of freedom.
    `errors` "cr1" is by place with t(G - 1), which is too narrow with a dozen places. Without clusters: model errors,
    for the Poisson times the root of the dispersion, with t(n - p), which take the periods as independent; see `notes`.

    Raises UsageError for impossible columns, terms that repeat each other, fewer than two clusters, units that lie in
    several clusters, and fits that do not converge.

    Example: `count_model(cells, count="applications", exposure="residents", period="month", cluster="county",
    covariates=["festival", "same_day_review"])`.
    """
    level = columns.require_level(conf_level)
    _require_choices(family, errors)
    covariates = [covariates] if isinstance(covariates, str) else list(covariates)
    effects = (unit or cluster) if place_effects else None
    data = read_cells(
        cells,
        count=count,
        exposure=exposure,
        covariates=covariates,
        period=period,
        harmonics=harmonics,
        season=season,
        trend=trend,
        unit=effects,
        cluster=cluster,
    )
    _require_clusters(data)
    found, family, dispersion = _fitted(data, family)
    of_contrast, method = _errors(data, found, family, dispersion, errors)
    coefficients = _coefficients(data.terms.columns, found.beta, of_contrast, level)
    return CountModel(
        coefficients=coefficients,
        season=_season(data.terms.columns, found.beta, of_contrast, level, harmonics, season),
        fitted=_frame(cells.index, data, found),
        family=family,
        method=method,
        dispersion=dispersion,
        alpha=found.alpha,
        log_likelihood=fit.log_likelihood(data.y, found.mu, found.alpha),
        conf_level=level,
        n=len(data.y),
        n_units=data.units,
        n_clusters=None if data.cluster is None else int(data.cluster.max()) + 1,
        notes=_notes(data, covariates, coefficients),
    )


def _require_choices(family: str, errors: str) -> None:
    for name, value, known in (("family", family, FAMILIES), ("errors", errors, ERRORS)):
        if value not in known:
            raise UsageError(f"found {name} {value!r}; expected one of {', '.join(known)}; choose among them")


def _require_clusters(data: Cells) -> None:
    if data.cluster is None:
        return
    if data.cluster.max() < 1:
        raise UsageError(
            "found one cluster with cases; expected at least two; leave `cluster` out, or use estimators.its"
        )
    if data.unit is not None and pd.DataFrame({"u": data.unit, "c": data.cluster}).groupby("u").c.nunique().max() > 1:
        raise UsageError("found units that lie in several clusters; expected one; name the larger places as clusters")


def _fitted(data: Cells, family: str) -> tuple[fit.Working, str, float]:
    """The fit, the family it is of, and the Poisson fit's dispersion."""
    x = data.terms.to_numpy(dtype=float)
    require_estimable(data, fit.without_means(x, data.unit, np.ones(len(x))))
    poisson = fit.fit_poisson(x, data.y, data.offset, data.unit)
    df = len(x) - x.shape[1] - data.units
    chi_square = float(((data.y - poisson.mu) ** 2 / poisson.mu).sum())
    if family == "auto":
        family = "negbin" if chi_square > stats.chi2.isf(OVERDISPERSED, df) and data.cluster is not None else "poisson"
    found = fit.fit_negbin(x, data.y, data.unit, poisson) if family == "negbin" else poisson
    return found, family, chi_square / df


def _errors(data: Cells, found: fit.Working, family: str, dispersion: float, errors: str) -> tuple[Errors, str]:
    """What gives a contrast's standard error and degrees of freedom, and its name."""
    if data.cluster is None:
        scale = dispersion if family == "poisson" else 1.0
        covariance = scale * np.linalg.inv(found.terms.T @ found.terms)
        df = len(data.y) - len(found.beta) - data.units
        return lambda c: (float(np.sqrt(c @ covariance @ c)), float(df)), "quasi" if family == "poisson" else "model"
    return _robust(data, found, errors), errors


def _robust(data: Cells, found: fit.Working, errors: str) -> Errors:
    """By cluster; for contrasts of terms that are equal everywhere at a time, by cluster and period."""
    by_cluster = sandwich(found.terms, found.errors, data.cluster, errors_kind=errors)
    alone = by_cluster.covariance
    common = data.terms.columns.isin(data.common(data.terms.columns))
    if errors == "cr1" or not common.any():
        return lambda c: (float(np.sqrt(c @ alone @ c)), by_cluster.degrees_of_freedom(c))
    by_period, both = two_way(found.terms, found.errors, by_cluster, np.unique(data.number, return_inverse=True)[1])

    def of_contrast(c: np.ndarray) -> tuple[float, float]:
        df = by_cluster.degrees_of_freedom(c)
        if c[~common].any():
            return float(np.sqrt(c @ alone @ c)), df
        variance = max(c @ both @ c, c @ alone @ c, c @ by_period.covariance @ c)
        return float(np.sqrt(variance)), min(df, by_period.degrees_of_freedom(c))

    return of_contrast


def _interval(value: float, contrast: np.ndarray, errors: Errors, level: float) -> tuple[float, ...]:
    """Value, standard error, both ends and degrees of freedom; unbounded where nothing is known about the error."""
    std_error, df = errors(contrast)
    half = float(stats.t.ppf((1 + level) / 2, df)) * std_error if df > 0 and std_error > 0 else np.inf
    return value, std_error, value - half, value + half, df


def _coefficients(names: pd.Index, beta: np.ndarray, errors: Errors, level: float) -> pd.DataFrame:
    rows = [_interval(value, row, errors, level) for value, row in zip(beta, np.eye(len(beta)), strict=True)]
    frame = pd.DataFrame(rows, columns=["estimate", "std_error", "ci_low", "ci_high", "df"])
    frame.insert(0, "term", list(names))
    ratios = np.exp(frame[["estimate", "ci_low", "ci_high"]].to_numpy())
    return frame.assign(rate_ratio=ratios[:, 0], rate_ratio_low=ratios[:, 1], rate_ratio_high=ratios[:, 2])


def _season(
    names: pd.Index, beta: np.ndarray, errors: Errors, level: float, harmonics: int, season: int
) -> pd.DataFrame:
    positions = np.arange(season if harmonics else 0)
    waves = pd.DataFrame(season_terms(positions, harmonics, season), index=positions)
    contrasts = waves.reindex(columns=names, fill_value=0.0).to_numpy()
    rows = [_interval(float(row @ beta), row, errors, level) for row in contrasts]
    ends = np.exp(np.array([(value, low, high) for value, _, low, high, _ in rows]).reshape(-1, 3))
    frame = pd.DataFrame(ends, columns=["factor", "factor_low", "factor_high"])
    frame.insert(0, "position", positions)
    return frame


def _frame(index: pd.Index, data: Cells, found: fit.Working) -> pd.DataFrame:
    residual = (data.y - found.mu) / np.sqrt(found.mu + found.alpha * found.mu**2)
    values = pd.DataFrame({"observed": data.y, "fitted": found.mu, "residual": residual})
    frame = pd.DataFrame(np.nan, index=index, columns=list(values))
    frame.loc[data.used] = values.to_numpy()
    return frame


def _notes(data: Cells, covariates: Sequence[str], coefficients: pd.DataFrame) -> tuple[str, ...]:
    notes = [f"left_out:{data.left_out}"] if data.left_out else []
    notes += [f"common:{name}" for name in data.common(covariates)]
    if data.cluster is None:
        return (*notes, "single_series")
    clusters = int(data.cluster.max()) + 1
    notes += [f"few_clusters:{clusters}"] if clusters < FEW_CLUSTERS else []
    weak = coefficients[coefficients.term.isin(covariates) & (coefficients.df < SMALL_DF)]
    return (*notes, *(f"small_df:{term}" for term in weak.term))
