"""Processing time: the stages of a case by indicator, and what reforms may have done to them.

Which kinds of reform bear on which outcome is knowledge of the field, not of any data: a reform of the review cannot
shorten the filing of closed cases.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StageTime:
    """A stage of `cells.STAGES` whose time is told, its indicator, and the step whose time limit runs over it.

    `indicator` is the entry of the catalogue, or a name of its own where the catalogue has none.
    """

    stage: str
    indicator: str
    step: str = ""


STAGE_TIMES = (
    StageTime("applied_decided", "TM01", "review"),
    StageTime("applied_accepted", "application_to_acceptance"),
    StageTime("accepted_decided", "TM01"),
    StageTime("applied_assigned", "application_to_assignment"),
    StageTime("decided_assigned", "TM04", "assignment"),
    StageTime("notice_assigned", "TM05", "notified_assignment"),
    StageTime("assigned_closed", "assignment_to_closing"),
    StageTime("accepted_closed", "TM08"),
    StageTime("notice_closed", "TM08"),
    StageTime("closed_archived", "TM09", "filing"),
)
"""In the order of a case's stages; the papers of cases aided first are told apart, with TM07."""
HEADLINES = ("applied_decided", "decided_assigned", "notice_assigned", "accepted_closed", "closed_archived")
"""Stages of the tables by county and of the curves."""
UNITS = ("working_day", "day")
LIMITS = {"review": "TM02", "assignment": "TM04", "notified_assignment": "TM05", "filing": "TM09"}
"""Steps with a time limit, and the indicator of keeping it."""
PLEDGED = "TM03"
SHARES = {"same_day": "TM06", "aid_first": "TM07", "closed_of_accepted": "CL05"}
"""Other shares, each with its indicator: closure is told as a cohort's, with its cut-off."""
PAPERS, PAPER_DAYS = "aid_first_papers", (7, 15, 30)
"""Days after the application by which the papers of a case aided first may be complete."""


@dataclass(frozen=True, slots=True)
class Measure:
    """An outcome of a place and month on which the effect of reforms is estimated.

    key: its name. unit: of the outcome. stage, days: the cells it is made of and the unit they count in. horizon:
    up to which day the mean is restricted; or within: by which day a case must be done, and the outcome is the share.
    The supplement time counts: it is what an applicant waits. `ends`: the states that end the wait, others are
    censored. `month`: the day whose month a case belongs to. `only`, `unless`: key and values of the cases meant.
    reforms: the kinds that bear on it.
    """

    key: str
    indicator: str
    unit: str
    stage: str
    days: str
    lower_is_better: bool
    reforms: tuple[str, ...]
    horizon: int | None = None
    within: int | None = None
    ends: tuple[str, ...] = ("done",)
    month: str = "came_on"
    only: tuple[str, tuple[str, ...]] | None = None
    unless: tuple[str, tuple[str, ...]] | None = None

    @property
    def follow_up(self) -> int:
        """Days after which the outcome of a case is known."""
        return self.horizon or self.within or 0


DECISION = (
    "one_day_review",
    "on_the_spot",
    "four_steps_one_day",
    "green_lane",
    "means_waiver",
    "commitment",
    "monthly_ranking",
)
ASSIGNMENT = ("tariff_change", "four_steps_one_day", "aid_first", "monthly_ranking")
SETTLED = ("done", "withdrawn")
ENDED = ("done", "ended")
LABOUR = ("labour_pay", "work_injury")
AIDED_FIRST = ("aid_first", ("true",))

MEASURES = (
    Measure("decision_days", "TM01", "working_day", "applied_decided", "working_day", True, DECISION, 15, ends=SETTLED),
    Measure(
        "decided_same_day",
        "TM06",
        "percentage_point",
        "applied_decided",
        "working_day",
        False,
        DECISION,
        within=0,
        ends=SETTLED,
    ),
    Measure(
        "decided_within_1",
        "TM03",
        "percentage_point",
        "applied_decided",
        "working_day",
        False,
        DECISION,
        within=1,
        ends=SETTLED,
    ),
    Measure(
        "assignment_days",
        "TM04",
        "working_day",
        "decided_assigned",
        "working_day",
        True,
        ASSIGNMENT,
        10,
        unless=AIDED_FIRST,
    ),
    Measure(
        "application_assignment_days",
        "application_to_assignment",
        "working_day",
        "applied_assigned",
        "working_day",
        True,
        tuple(dict.fromkeys((*DECISION, *ASSIGNMENT))),
        15,
    ),
    Measure(
        "closing_days",
        "assignment_to_closing",
        "day",
        "assigned_closed",
        "day",
        True,
        ("joint_labour",),
        180,
        ends=ENDED,
        only=("matter", LABOUR),
    ),
    Measure(
        "archived_within_30",
        "TM09",
        "percentage_point",
        "closed_archived",
        "day",
        False,
        ("supervision",),
        within=30,
        month="closed_on",
    ),
)
HEADLINE = "decision_days"
PLACEBO = Measure(
    "closing_days_other",
    "assignment_to_closing",
    "day",
    "assigned_closed",
    "day",
    True,
    (),
    180,
    ends=ENDED,
    unless=("matter", LABOUR),
)
"""What no reform of the review or of labour cases can move: how long other cases take once they are assigned."""
