"""Direct standardisation: what places and periods would show if their cases were of one and the same mix."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError


def standardise(
    estimates: pd.DataFrame,
    *,
    by: str | Sequence[str],
    stratum: str | Sequence[str],
    weights: Mapping | pd.Series,
    estimate: str = "estimate",
    std_error: str = "std_error",
) -> pd.DataFrame:
    """Average estimates per stratum with the weights of a standard population (direct standardisation, Keiding and
    Clayton 2014), for each cell of `by`: frame `*by, <estimate>, <std_error>, weight_covered, strata`.

    `estimates` has one row per cell and stratum; `weights` gives a non-negative weight for each stratum (tuples of keys
    where `stratum` names several columns) and need not sum to 1. The strata of a cell are taken as independent:
    std_error² = Σ w² std_error².

    A stratum without a row, or whose estimate or error is missing, is empty in its cell: the average is over the others
    with their weights renormalised, so it has another mix than the standard. `weight_covered` (0 to 1) is the share of
    the weight that was there and `strata` the number of strata; treat cells of low coverage as not comparable. Where
    nothing was there both numbers are NaN.

    Raises UsageError for missing columns, repeated rows, impossible weights or strata without a weight.

    Example: `standardise(means, by=["county", "month"], stratum="case_type", weights=shares, estimate="rmst")`.
    """
    keys, strata = ([name] if isinstance(name, str) else list(name) for name in (by, stratum))
    _check(estimates, [*keys, *strata, estimate, std_error], keys + strata)
    table = _weights(weights)
    weight = _weight_of_rows(estimates[strata], table)
    values, errors = (_numbers(estimates, name) for name in (estimate, std_error))
    there = np.isfinite(values) & np.isfinite(errors) & (weight > 0)
    used = np.where(there, weight, 0.0)
    parts = {
        "total": used,
        estimate: used * np.where(there, values, 0.0),
        std_error: (used * np.where(there, errors, 0.0)) ** 2,
        "strata": there.astype("int64"),
    }
    sums = estimates[keys].assign(**parts).groupby(keys, sort=True, observed=True, as_index=False).sum()
    total = sums.pop("total").replace(0.0, np.nan)
    sums[estimate] /= total
    sums[std_error] = np.sqrt(sums[std_error]) / total
    sums.insert(sums.columns.get_loc("strata"), "weight_covered", total.fillna(0.0) / table.sum())
    return sums


def _check(estimates: pd.DataFrame, columns: list[str], unique: list[str]) -> None:
    if not isinstance(estimates, pd.DataFrame):
        raise UsageError(f"found {type(estimates).__name__}; expected a DataFrame; pass one row per cell and stratum")
    absent = [name for name in columns if name not in estimates.columns]
    if absent:
        found = ", ".join(map(str, estimates.columns)) or "none"
        raise UsageError(f"found the columns {found}; expected also {', '.join(absent)}; name those there are")
    if estimates[unique].isna().to_numpy().any():
        raise UsageError(
            f"found missing values in {', '.join(unique)}; expected keys in every row; leave such rows out"
        )
    repeated = int(estimates.duplicated(unique).sum())
    if repeated:
        raise UsageError(
            f"found {repeated} repeated rows of {', '.join(unique)}; expected one each; add them up before"
        )


def _weights(weights: Mapping | pd.Series) -> pd.Series:
    table = pd.to_numeric(pd.Series(weights), errors="coerce").astype("float64")
    if not (np.isfinite(table).all() and (table >= 0).all() and table.sum() > 0 and table.index.is_unique):
        raise UsageError(f"found the weights {dict(weights)}; expected one number of at least 0 per stratum; mend them")
    return table


def _weight_of_rows(strata: pd.DataFrame, table: pd.Series) -> np.ndarray:
    labels = strata.iloc[:, 0] if strata.shape[1] == 1 else pd.Index(list(strata.itertuples(index=False, name=None)))
    weight = table.reindex(pd.Index(labels)).to_numpy()
    unknown = np.isnan(weight)
    if unknown.any():
        found = pd.Index(labels)[int(unknown.argmax())]
        raise UsageError(f"found no weight of the stratum {found!r}; expected one for each; 0 leaves it out")
    return weight


def _numbers(estimates: pd.DataFrame, column: str) -> np.ndarray:
    """A column as float64; missing values stay missing, text is refused."""
    values = pd.to_numeric(estimates[column], errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    text = np.isnan(values) & estimates[column].notna().to_numpy()
    if text.any():
        first = estimates[column].iloc[int(text.argmax())]
        raise UsageError(f"found {first!r} in '{column}'; expected numbers or missing values; mend the column")
    return values
