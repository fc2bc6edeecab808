"""How often the effect of a reform on processing time is covered, from the simulated register to the chapter's answer.

Each seed is a city of its own: drawn, written as a store, compressed to cells, made a panel of counties and months,
and asked by the function that the chapter asks. Its truth is what `truth.yaml` says of both potential outcomes.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from legalaid_eval.cells.processing_outcomes import outcome_cells, reform_starts
from legalaid_eval.chapters.processing_effects import COARSE
from legalaid_eval.chapters.processing_panels import first_treated, outcome_panel
from legalaid_eval.chapters.reform_effect import ReformEffect, Reforms, reform_effects
from legalaid_eval.indicators.processing_time import HEADLINE, LABOUR, MEASURES
from legalaid_eval.register.simulate import simulate
from legalaid_eval.register.store import Store, open_store
from tests.studies.base import Row, Study, markdown_table
from tests.studies.city_answers import BAND, HARMFUL, NUMBERS, covers, faults, line

MEASURE = {measure.key: measure for measure in MEASURES}
PRIORITY = "decision_days of priority groups"
ALONE = {
    "one_day_review": ("decision_days", "decided_within_1"),
    "on_the_spot": ("decision_days", "decided_same_day"),
    "four_steps_one_day": ("decision_days", "decided_same_day"),
    "means_waiver": ("decision_days",),
    "commitment": ("decision_days",),
    "monthly_ranking": ("decision_days",),
    "green_lane": (PRIORITY,),
    "tariff_change": ("assignment_days",),
    "aid_first": ("application_assignment_days",),
    "joint_labour": ("closing_days",),
    "supervision": ("archived_within_30",),
}
"""Kind of reform -> outcomes on which its effect is asked where it is the only one in the city."""
TRUTH = {
    "decision_days": "decision_rmst",
    PRIORITY: "priority_decision_rmst",
    "assignment_days": "assignment_rmst",
    "application_assignment_days": "application_assignment_rmst",
    "closing_days": "labour_close_rmst",
}
"""Outcome -> its name in truth.yaml, where that is another."""
JUDGED = {kind: outcomes[0] for kind, outcomes in ALONE.items()}
CITIES = range(1, 2210)
FULL = range(10001, 10027)
"""Seeds of cities with one reform each, and of cities with all of them."""
FULL_REFORMS = (
    "one_day_review",
    "on_the_spot",
    "four_steps_one_day",
    "means_waiver",
    "commitment",
    "means_waiver+commitment",
    "monthly_ranking",
)
"""Answered for in a city with all reforms: kinds with a truth on decision_days, and two that nobody can tell apart."""
DIGITS = 4
COLUMNS = ("seed", "city", "reforms", "outcome", "period", "truth", "estimate", "ci_low", "ci_high", "verdict")


def kind_of(seed: int) -> str:
    """Eleven seeds in a row have a kind each; the order turns, so that every few seeds differ too."""
    return list(ALONE)[(seed + seed // len(ALONE)) % len(ALONE)]


def per_seed(seed: int) -> int:
    return len(ALONE[kind_of(seed)]) if seed in CITIES else len(FULL_REFORMS)


def rows(seed: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        store, alone = Path(folder) / "city", seed in CITIES
        truth = simulate(store, seed=seed, reform=kind_of(seed) if alone else None)
        with open_store(store) as opened:
            yield from _alone(seed, opened, truth) if alone else _full(seed, opened, truth)


def _alone(seed: int, store: Store, truth: Mapping) -> Iterator[Row]:
    kind = kind_of(seed)
    first = ALONE[kind][0]
    cells = _priority_cells(store) if first == PRIORITY else outcome_cells(store, MEASURE[first])
    for outcome in ALONE[kind]:
        effect = _effects(cells, outcome, reform_starts(store), [kind], [kind])[0]
        yield _row(seed, "one reform", effect, outcome, _of(truth["reforms"][kind]["estimands"], outcome))


def _full(seed: int, store: Store, truth: Mapping) -> Iterator[Row]:
    """All reforms at once: each that has a truth on decision_days, the others that bear on it in the model."""
    outcome, starts = HEADLINE, reform_starts(store)
    estimands = {frozenset([kind]): of["estimands"] for kind, of in truth["reforms"].items()}
    estimands |= {frozenset(pair["reforms"]): pair["together"] for pair in truth["confounded"]}
    bearing = MEASURE[outcome].reforms
    asked = [kind for kind in bearing if TRUTH[outcome] in estimands[frozenset([kind])]]
    for effect in _effects(outcome_cells(store, MEASURE[outcome]), outcome, starts, asked, bearing):
        yield _row(seed, "all reforms", effect, outcome, _of(estimands[frozenset(effect.reforms)], outcome))


def _effects(
    cells: pd.DataFrame, outcome: str, starts: Mapping, kinds: Sequence[str], bearing: Sequence[str]
) -> tuple[ReformEffect, ...]:
    period = None if outcome == HEADLINE else COARSE
    panel = outcome_panel(cells, MEASURE[HEADLINE if outcome == PRIORITY else outcome], period=period)
    reforms = Reforms({kind: first_treated(starts[kind], panel) for kind in bearing})
    return reform_effects(panel, reforms, kinds=kinds, bearing=bearing)


def _priority_cells(store: Store) -> pd.DataFrame:
    """Cases of veterans and platform workers, and of migrant workers in labour matters; who is two counts twice."""
    cells = outcome_cells(store, MEASURE[HEADLINE], by=("matter",), groups=True)
    migrants = (cells["recipient_group"] == "migrant_worker") & cells["matter"].isin(LABOUR)
    return cells[migrants | cells["recipient_group"].isin(["veteran", "platform_worker"])]


def _of(estimands: Mapping, outcome: str) -> float:
    return estimands[TRUTH.get(outcome, outcome)]["value"]


def _row(seed: int, city: str, effect: ReformEffect, outcome: str, truth: float) -> Row:
    found = effect.estimate
    numbers = (truth, found.estimate, found.ci_low, found.ci_high) if found else (truth, None, None, None)
    shown = ("" if number is None else f"{number:.{DIGITS}f}" for number in numbers)
    return seed, city, "+".join(effect.reforms), outcome, effect.panel.period, *shown, effect.verdict


def of_setting(stored: Sequence[dict[str, str]], city: str, reforms: str, outcome: str) -> list[dict[str, str]]:
    wanted = (city, reforms, outcome)
    return [row for row in stored if (row["city"], row["reforms"], row["outcome"]) == wanted and row["estimate"]]


def _line(own: Sequence[dict[str, str]], head: Sequence[str]) -> tuple[str, ...]:
    return line(own, head, VERDICTS, digits=3, of_verdicts=2)


HEAD = ("reform", "outcome", *NUMBERS)
VERDICTS = ("improved", "worsened")


def report(stored: Sequence[dict[str, str]]) -> str:
    alone = [(kind, outcome) for kind, outcomes in ALONE.items() for outcome in outcomes]
    judged = [_line(of_setting(stored, "one reform", *pair), pair) for pair in alone if JUDGED[pair[0]] == pair[1]]
    shares = [_line(of_setting(stored, "one reform", *pair), pair) for pair in alone if JUDGED[pair[0]] != pair[1]]
    told = dict.fromkeys(row["reforms"] for row in stored if row["city"] == "all reforms" and row["estimate"])
    full = [
        _line(of_setting(stored, "all reforms", reforms, "decision_days"), (reforms, "decision_days"))
        for reforms in told
    ]
    every = [covers(row) for row in stored if row["city"] == "one reform" and JUDGED[row["reforms"]] == row["outcome"]]
    return f"""\
## Demo City: effects of reforms on processing time against the truth

From the simulated register to `chapters.reform_effect.reform_effects`, as the chapter goes: each city is drawn with its
own seed and one reform, written as a store, compressed to cells, made a panel of twelve counties by months (quarters
where a county has a month without a case, and for groups and outcomes beside the headline), and its effect estimated
with an interval of level 0.95. The truth is what `truth.yaml` says of both potential outcomes of the same city. Days
are restricted means up to the outcome's horizon; the share archived is in percentage points. Coverage over all
{len(every):,} cities is {sum(every) / len(every):.3f}; for each kind it must be at least {BAND[0]}, and at most
{BAND[1]} give or take the Monte Carlo error there. The last columns are the shares of verdicts: of reforms that all
help, at most {HARMFUL} may be called harmful.

{markdown_table((*HEAD, *VERDICTS), judged)}
Green lane is asked among the groups it is for; who belongs to two of them counts twice, and the truth counts once.
Where periods are quarters, the one in which a reform starts counts as treated though part of it was not, which makes
effects a little too small. Shown, not judged: effects on shares, where the truth compares the same cases with the same
luck, whereas the interval allows for other luck of the cases after the start.

{markdown_table((*HEAD, *VERDICTS), shares)}
All seventeen reforms at once, staggered and overlapping, those that bear on the outcome in the model. Shown, not
judged, because these intervals do not keep their level: the model adds effects up, but a reform does less where others
are already in force (its truth here is smaller than alone). Two reforms that began together everywhere are answered
for as one.

{markdown_table((*HEAD, *VERDICTS), full)}"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    """Kinds whose coverage lies outside of the band, or that are called harmful."""
    return [
        fault
        for kind, outcome in JUDGED.items()
        for fault in faults(of_setting(stored, "one reform", kind, outcome), f"{kind}, {outcome}")
    ]


STUDY = Study("demo_city_times", COLUMNS, (*FULL, *CITIES), rows, report, broken, per_seed)
