"""Proportions from samples, defined and never of zero width near 0 and 100 percent."""

from scipy import stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate

EDGE = 3
"""With this few failures or successes Wilson's interval is too narrow and Clopper-Pearson takes its place."""

METHODS = {"wilson": "wilson", "clopper_pearson": "exact"}


def proportion_interval(k: int, n: int, *, conf_level: float = 0.95, method: str = "auto") -> Estimate:
    """A proportion of `k` in `n` with its interval, in percent.

    `method` is "wilson" (Wilson 1927), "clopper_pearson" (Clopper and Pearson 1934, exact) or "auto":
    Clopper-Pearson when k or n - k is at most 3, else Wilson. Raises UsageError for impossible counts.

    Example: `proportion_interval(30, 30).ci_low` is 88.4: all of thirty may still mean 88 in a hundred.
    """
    if not (0 <= k <= n and n > 0 and k == int(k) and n == int(n)):
        raise UsageError(f"a proportion of {k} in {n} was asked for; expected whole 0 <= k <= n and n of at least 1")
    k, n = int(k), int(n)
    if method not in ("auto", *METHODS):
        raise UsageError(f"unknown method '{method}'; expected auto, wilson or clopper_pearson")
    if method == "auto":
        method = "clopper_pearson" if min(k, n - k) <= EDGE else "wilson"
    share = k / n
    interval = stats.binomtest(k, n).proportion_ci(conf_level, method=METHODS[method])
    std_error = (share * (1 - share) / n) ** 0.5
    return Estimate(
        "proportion",
        "",
        "percent",
        100 * share,
        100 * std_error,
        100 * float(interval.low),
        100 * float(interval.high),
        conf_level,
        n,
        None,
        method,
    )
