"""Bias-reduced cluster-robust interval: would this hold in other units like these?"""

from legalaid_eval.estimators.did.contrast import Contrast
from legalaid_eval.estimators.did.interval import Interval, not_evaluable, t_interval
from legalaid_eval.estimators.did.placebo_pool import influence, treated_scatter


def cr2(contrast: Contrast, *, conf_level: float = 0.95) -> Interval:
    """CR2 standard error (Bell and McCaffrey 2002) with Satterthwaite degrees of freedom, as in Welch (1947).

    Each unit's squared influence is divided by one minus its share among the treated, or among the controls; degrees
    of freedom from both sides' variances and effective numbers. The units count as drawn from more like them, and
    the scatter of effects widens the interval. With one start for all it is Welch's t test of the units' changes.
    Not evaluable with fewer than two units on either side.
    """
    if min(contrast.n_treated, contrast.n_control) < 2:
        return not_evaluable(contrast, conf_level=conf_level, method="cr2")
    controls = contrast.never_treated
    share = contrast.control[controls]
    among_treated, df_treated = treated_scatter(contrast)
    among_controls = float((influence(contrast)[controls] ** 2 / (1 - share)).sum())
    df_control = max(1 / (share**2).sum() - 1, 0.5)
    variance = among_treated + among_controls
    spread = among_treated**2 / df_treated + among_controls**2 / df_control
    df = variance**2 / spread if spread else df_treated + df_control
    return t_interval(contrast, variance=variance, df=df, conf_level=conf_level, method="cr2")
