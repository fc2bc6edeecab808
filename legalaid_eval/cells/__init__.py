"""Register to cells: the one place where case rows are touched, by a few GROUP BYs run inside the engine.

Partition cells count every row once and may be added up; overlapping-group cells count a row in each of its groups
and may not. What all of them have in common stands in `base`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from legalaid_eval.calendar import FIRST_DAY
from legalaid_eval.cells.base import MISSING, NUMERIC, rows_of
from legalaid_eval.cells.caseload import (
    access_cells,
    consultation_cells,
    consultation_group_cells,
    duty_cells,
    flow_cells,
    group_flow_cells,
    handler_cells,
    stock_cells,
)
from legalaid_eval.cells.compliance import compliance_cells, compliance_group_cells
from legalaid_eval.cells.data_quality import arrival_cells, completeness_cells, issue_cells, order_cells
from legalaid_eval.cells.open_ages import open_age_cells
from legalaid_eval.cells.outreach import event_cells, intake_cells, survey_cells, wave_cells, yield_cells
from legalaid_eval.cells.processing_time import (
    aid_first_cells,
    same_day_cells,
    stage_accounts,
    stage_cells,
    stage_group_cells,
)
from legalaid_eval.cells.quality_money import (
    callback_cells,
    loss_band_cells,
    loss_cells,
    payment_cells,
    review_cells,
    subsidy_cells,
    tariff_cells,
)
from legalaid_eval.cells.stages import STAGES
from legalaid_eval.clocks import STEPS, second_clock
from legalaid_eval.register.store import Store

__all__ = [
    "EVERY",
    "MISSING",
    "NUMERIC",
    "STAGES",
    "CellTable",
    "access_cells",
    "aid_first_cells",
    "arrival_cells",
    "callback_cells",
    "completeness_cells",
    "compliance_cells",
    "compliance_group_cells",
    "consultation_cells",
    "consultation_group_cells",
    "duty_cells",
    "event_cells",
    "flow_cells",
    "group_flow_cells",
    "handler_cells",
    "intake_cells",
    "issue_cells",
    "loss_band_cells",
    "loss_cells",
    "open_age_cells",
    "order_cells",
    "payment_cells",
    "review_cells",
    "rows_of",
    "same_day_cells",
    "stage_accounts",
    "stage_cells",
    "stage_group_cells",
    "stock_cells",
    "subsidy_cells",
    "survey_cells",
    "tariff_cells",
    "wave_cells",
    "yield_cells",
]


@dataclass(frozen=True, slots=True)
class CellTable:
    """One kind of cells: its name, how it is made from a store, the register table it is of, and what it covers.

    `covers` is rows (`n` adds up to the rows of `table`), part (only some of them) or overlapping.
    """

    name: str
    make: Callable[[Store], pd.DataFrame]
    table: str = "cases"
    covers: str = "rows"


def _stage_tables() -> tuple[CellTable, ...]:
    found: list[CellTable] = []
    for stage in STAGES:
        found.append(CellTable(f"accounts {stage}", lambda store, s=stage: stage_accounts(store, s)))
        for unit in ("working_day", "day"):
            make = lambda store, s=stage, u=unit: stage_cells(store, s, unit=u)  # noqa: E731
            found.append(CellTable(f"{stage} {unit}", make, covers="part"))
    by_channel = lambda store: stage_cells(store, "applied_decided", by=("case_type", "channel", "routine"))  # noqa: E731
    found.append(CellTable("applied_decided by channel", by_channel, covers="part"))
    by_group = lambda store: stage_group_cells(store, "applied_decided")  # noqa: E731
    return (*found, CellTable("applied_decided by group", by_group, covers="overlapping"))


def _limit_tables() -> tuple[CellTable, ...]:
    pledge = second_clock("PLEDGE-HLGE", valid_from=FIRST_DAY.astype(date))
    clocks = {**{step: step for step in STEPS}, pledge.name: pledge}
    return (
        *(
            CellTable(f"limit of {name}", lambda store, c=clock: compliance_cells(store, c))
            for name, clock in clocks.items()
        ),
        CellTable(
            "limit of review by group", lambda store: compliance_group_cells(store, "review"), covers="overlapping"
        ),
        CellTable("open ages", open_age_cells, covers="part"),
    )


EVERY = (
    *_stage_tables(),
    *_limit_tables(),
    CellTable("same day", same_day_cells),
    CellTable("aid first", aid_first_cells),
    *(
        CellTable(f"flow {event}", lambda store, e=event: flow_cells(store, e))
        for event in ("came_on", "applied_on", "accepted_on", "decided_on", "closed_on")
    ),
    CellTable("mix", lambda store: flow_cells(store, by=("case_type", "matter", "channel"))),
    CellTable("exemptions", lambda store: flow_cells(store, by=("means_test", "exemption_rule", "decision"))),
    CellTable("flow by group", group_flow_cells, covers="overlapping"),
    CellTable("stock", stock_cells),
    CellTable("access", access_cells),
    CellTable("handlers", handler_cells),
    CellTable("consultations", consultation_cells, "consultations"),
    CellTable("consultations by group", consultation_group_cells, "consultations", "overlapping"),
    CellTable("duty", duty_cells, "duty_roster"),
    CellTable("events", event_cells, "outreach_events"),
    CellTable("intake", intake_cells, "consultations"),
    CellTable("yield", yield_cells, "consultations"),
    CellTable("survey", survey_cells, "awareness_survey"),
    CellTable("waves", wave_cells, "awareness_survey"),
    CellTable("callbacks", callback_cells, "callbacks"),
    CellTable("reviews", review_cells, "peer_reviews"),
    CellTable("losses", loss_cells),
    CellTable("loss bands", loss_band_cells),
    CellTable("subsidies", subsidy_cells),
    CellTable("payments", payment_cells, "payments"),
    CellTable("tariffs", tariff_cells, "payments", "part"),
    *(
        CellTable(f"arrivals {name}", lambda store, t=name: arrival_cells(store, t), name)
        for name in ("cases", "consultations", "outreach_events", "awareness_survey", "callbacks", "payments")
    ),
    *(
        CellTable(f"completeness {name}", lambda store, t=name: completeness_cells(store, t), name, "part")
        for name in ("cases", "consultations", "outreach_events", "awareness_survey", "callbacks", "payments")
    ),
    CellTable("stage order", order_cells, covers="part"),
)
"""Cells that the chapters ask for, each with the keys it has by default."""
