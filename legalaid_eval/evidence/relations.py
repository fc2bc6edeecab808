"""How published indicators hang together: the relations every check is declared over.

A relation names indicators, never places or articles; a new place's figures meet the same checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

CASES = ("cases_accepted", "cases_handled", "cases_assigned")
"""Cases taken on, under the names sources use; the first that a source prints is taken."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """`rate` = 100 x numerator / denominator, in percent.

    `numerator` may list alternatives; `numerator_groups` are added up when given, else the rate's own group
    is used. `work` lists the groups of a rate that only name the work, whose parts stand under `all` or
    `special_groups`. `whole` says that the denominator is the group `all`, whatever the rate's group is.
    """

    rate: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    whole: bool = False
    numerator_groups: tuple[str, ...] = ()
    work: tuple[str, ...] = ()


RATIOS = (
    Ratio("closure_rate", ("cases_closed",), CASES),
    Ratio("case_type_share", CASES, CASES, whole=True),
    Ratio("peer_review_grade_share", ("peer_review_grade_count",), ("peer_review_sample",), whole=True),
    Ratio(
        "excellent_good_rate",
        ("peer_review_grade_count",),
        ("peer_review_sample",),
        whole=True,
        numerator_groups=("excellent", "good"),
    ),
    Ratio("budget_execution_rate", ("expenditure", "business_expenditure"), ("budget",)),
    Ratio("target_completion_rate", CASES, ("target_cases",), work=("cases", "all")),
    Ratio("target_completion_rate", ("consultations",), ("target_consultations",), work=("consultations", "all")),
)

RATE_SAMPLES = {
    "satisfaction_rate": ("satisfaction_responses",),
    "peer_review_pass_rate": ("peer_review_sample",),
    "litigation_share": CASES,
    "awareness_rate": ("awareness_responses",),
}
"""Rates over persons or cases, and the indicators that say how many were asked or looked at."""

TARGET_COUNTS = {"consultations": ("consultations",), "cases": CASES, "all": CASES}
"""What a target completion rate of a group completes."""

COUNT_GROUPS = ("all", "special_groups")
"""Groups that stand for a place's whole work, the wider first."""


@dataclass(frozen=True, slots=True)
class GroupSum:
    """Groups that add up to the group `all` of the same indicator; `complete` if there are no others.

    `total` names another indicator that holds the whole, where it is not the same one; `inner` names groups that
    some sources count inside another group.
    """

    indicators: tuple[str, ...]
    groups: tuple[str, ...]
    complete: bool
    total: str = ""
    inner: Mapping[str, str] = field(default_factory=dict)


GROUP_SUMS = (
    GroupSum(
        (*CASES, "cases_closed", "peer_review_sample", "files_archived"),
        ("civil", "criminal", "administrative", "civil+administrative", "state_compensation"),
        complete=True,
    ),
    GroupSum(
        ("consultations",),
        ("visit", "phone", "hotline", "web", "letter", "miniprogram", "visit+phone"),
        complete=False,
        inner={"hotline": "phone", "miniprogram": "web"},
    ),
    GroupSum(
        ("peer_review_grade_count",),
        ("excellent", "good", "qualified", "unqualified"),
        complete=False,
        total="peer_review_sample",
    ),
    GroupSum(("case_handlers",), ("lawyers", "grassroots_legal_workers"), complete=False),
    GroupSum(
        ("case_type_share",),
        ("civil", "criminal", "administrative", "civil+administrative", "state_compensation"),
        complete=True,
    ),
    GroupSum(("peer_review_grade_share",), ("excellent", "good", "qualified", "unqualified"), complete=False),
    GroupSum(("workstations",), ("courts", "detention_houses", "procuratorates"), complete=False),
)


@dataclass(frozen=True, slots=True)
class MoneySum:
    """Amounts that add up to a total; a source may leave the optional ones out of it."""

    total: str
    parts: tuple[str, ...]
    optional: tuple[str, ...] = ()


MONEY_SUMS = (
    MoneySum(
        "subsidy_total_paid",
        ("case_subsidy_paid", "duty_subsidy_paid", "consultation_subsidy_paid", "review_fee_paid"),
        ("work_expenditure", "lottery_fund_subsidy"),
    ),
    MoneySum("expenditure", ("subsidy_total_paid", "work_expenditure")),
)

LEVEL_SUMS = (
    *CASES,
    "cases_closed",
    "consultations",
    "township_stations",
    "county_centres",
    "village_workrooms",
    "outreach_sessions",
    "economic_loss_recovered",
)
"""Indicators of a place that are the sum over its parts."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A ratio of two published figures that can be laid beside other places'.

    The numerator is of `group`, the denominator of the group `all` (or the only group printed).
    """

    name: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    unit: str
    scale: int = 1
    group: str = "all"

    @property
    def decimals(self) -> int:
        """Decimals shown: none for money, one for ratios and percentages."""
        return 0 if self.unit.startswith("CNY") else 1


CASES_DONE = (*CASES, "cases_closed")
METRICS = (
    Metric("consultations_per_case", ("consultations",), CASES_DONE, "ratio"),
    Metric("loss_recovered_per_case", ("economic_loss_recovered",), CASES_DONE, "CNY/case"),
    Metric("subsidy_per_case", ("case_subsidy_paid",), CASES_DONE, "CNY/case"),
    Metric(
        "funds_per_consultation",
        ("consultation_subsidy_paid", "programme_funds_paid", "duty_subsidy_paid"),
        ("consultations",),
        "CNY/consultation",
    ),
    Metric("recipients_per_case", ("recipients",), CASES_DONE, "ratio"),
    Metric("criminal_share", CASES_DONE, CASES_DONE, "percent", 100, group="criminal"),
    Metric("excellent_share", ("peer_review_grade_count",), ("peer_review_sample",), "percent", 100, group="excellent"),
    Metric("good_share", ("peer_review_grade_count",), ("peer_review_sample",), "percent", 100, group="good"),
)

TARIFFS = ("case_subsidy_standard", "case_subsidy_max")
PAID_CASES = ("cases_paid", "files_archived", "cases_closed")

YEARLY_READING = ("cases_accepted", "cases_handled", "cases_closed", "consultations")
"""Flows for which 'three years in a row at least X' can mean each year, or the three years together."""

GROWTH = {"consultations_growth": "consultations"}
