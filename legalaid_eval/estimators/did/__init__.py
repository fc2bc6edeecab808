"""Difference in differences: effects on treated places, and how sure they are when places are few.

Effects: `imputation_att` (the default of reports), `group_time_att`, `two_way_effect` with `bacon_shares`.
How sure: `placebo_pool`, `cr2`, `ar_model`, `randomisation_test`, `placebo_rank`, `pre_period_ratio`,
`smallest_detectable`; `choose_design` says which of them a number of places allows.
What if trends were not parallel: `pre_trend`, `event_path` with `smooth_bounds` and `breakdown_bend`.
"""

from legalaid_eval.estimators.did.ar_model import ar_model
from legalaid_eval.estimators.did.bacon import bacon_shares
from legalaid_eval.estimators.did.contrast import Contrast
from legalaid_eval.estimators.did.cr2 import cr2
from legalaid_eval.estimators.did.decision import Design, choose_design
from legalaid_eval.estimators.did.event_path import event_path
from legalaid_eval.estimators.did.group_time import GroupTimeAtt, group_time_att
from legalaid_eval.estimators.did.honest import EventPath, SmoothBounds, breakdown_bend, smooth_bounds
from legalaid_eval.estimators.did.imputation import ImputationAtt, imputation_att
from legalaid_eval.estimators.did.interval import Interval, smallest_detectable
from legalaid_eval.estimators.did.panel import Panel, read_panel
from legalaid_eval.estimators.did.placebo_pool import placebo_pool
from legalaid_eval.estimators.did.pre_period import PrePeriodRatio, pre_period_ratio
from legalaid_eval.estimators.did.pre_trend import PreTrend, pre_trend
from legalaid_eval.estimators.did.randomisation import Randomisation, placebo_rank, randomisation_test
from legalaid_eval.estimators.did.two_way import TwoWayEffect, two_way_effect

__all__ = [
    "Contrast",
    "Design",
    "EventPath",
    "GroupTimeAtt",
    "ImputationAtt",
    "Interval",
    "Panel",
    "PrePeriodRatio",
    "PreTrend",
    "Randomisation",
    "SmoothBounds",
    "TwoWayEffect",
    "ar_model",
    "bacon_shares",
    "breakdown_bend",
    "choose_design",
    "cr2",
    "event_path",
    "group_time_att",
    "imputation_att",
    "placebo_pool",
    "placebo_rank",
    "pre_period_ratio",
    "pre_trend",
    "randomisation_test",
    "read_panel",
    "smallest_detectable",
    "smooth_bounds",
    "two_way_effect",
]
