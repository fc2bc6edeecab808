"""How often the effects of outreach are covered, from the simulated register to the chapter's answer.

Each seed is a city of its own: drawn, written as a store, its survey made a panel of counties and waves, its register
one of counties and quarters, and asked by the function that the chapter asks. Its truth is what `truth.yaml` says of
both potential outcomes.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from legalaid_eval.cells.awareness_waves import AwarenessSurvey, awareness_survey
from legalaid_eval.cells.outreach_seen import NOTIFIED, use_panels
from legalaid_eval.cells.processing_outcomes import reform_starts
from legalaid_eval.cells.stages import last_day
from legalaid_eval.chapters.awareness_panels import SAME_SHIFT, awareness_panels, first_treated_waves
from legalaid_eval.chapters.outreach_use import as_percent, fitting_panel
from legalaid_eval.chapters.processing_panels import first_treated
from legalaid_eval.chapters.reform_effect import OutcomePanel, ReformEffect, Reforms, reform_effects
from legalaid_eval.indicators.outreach import REFORMS, USE
from legalaid_eval.register.simulate import simulate
from legalaid_eval.register.store import open_store
from tests.studies.base import Row, Study, markdown_table
from tests.studies.city_answers import BAND, HARMFUL, NUMBERS, faults, line

KIND = "targeted_outreach"
ITEMS = ("heard_of", "knows_where")
ALONE, EVERY = "one reform", "all reforms"
CITIES = range(1, 1151)
FULL = range(10001, 10061)
USED = range(1, 301)
"""Seeds of cities with the campaigns alone, of cities with all seventeen reforms, and of those of the first in which
the use of legal aid is looked at too."""
APART = 5.0
"""Points between treated and other counties before any campaign, from which on they are said to differ."""
DIGITS = 3
COLUMNS = ("seed", "city", "outcome", "gap", "truth", "estimate", "ci_low", "ci_high", "verdict")


def per_seed(seed: int) -> int:
    return len(ITEMS) + (len(USE) if seed in USED else 0)


def rows(seed: int) -> Iterator[Row]:
    city = ALONE if seed in CITIES else EVERY
    with tempfile.TemporaryDirectory() as folder:
        truth = simulate(Path(folder) / "city", seed=seed, reform=KIND if city == ALONE else None)
        with open_store(Path(folder) / "city") as store:
            survey, starts = awareness_survey(store), reform_starts(store)
            use = use_panels(store, until=last_day(store)) if seed in USED else {}
    estimands = truth["reforms"][KIND]["estimands"]
    for item in ITEMS:
        effect = aware(survey, item, {kind: starts[kind] for kind in REFORMS if kind in starts})
        yield _row(seed, city, item, baseline_gap(effect.panel, effect), estimands[item]["value"], effect)
    for measure in USE if use else ():
        panel = fitting_panel(use[measure.key], measure)
        (effect,) = reform_effects(panel, Reforms({KIND: first_treated(starts[KIND], panel)}), draws=0)
        ratio = 1.0 if measure.key == NOTIFIED else estimands[measure.key]["value"]
        yield _row(seed, city, measure.key, None, 100 * (ratio - 1), as_percent(effect))


def aware(survey: AwarenessSurvey, item: str, starts: Mapping[str, Mapping[str, str]]) -> ReformEffect:
    """The campaigns' effect on an item, wordings joined; other reforms that bear on it in the model."""
    (found,) = awareness_panels(survey, item, bridge=SAME_SHIFT)
    reforms = {kind: first_treated_waves(begun, found.panel) for kind, begun in starts.items()}
    (effect,) = reform_effects(found.panel, Reforms(reforms), kinds=(KIND,), bearing=tuple(reforms), draws=0)
    return effect


def _row(seed: int, city: str, outcome: str, gap: float | None, truth: float, effect: ReformEffect) -> Row:
    found = effect.estimate
    numbers = gap, truth, found.estimate, found.ci_low, found.ci_high
    shown = ("" if number is None else f"{number:.{DIGITS}f}" for number in numbers)
    return seed, city, outcome, *shown, effect.verdict


def baseline_gap(panel: OutcomePanel, effect: ReformEffect) -> float:
    """Points by which more is known in the treated counties than in the others, in the waves before any campaign."""
    before = panel.frame[panel.frame["month"] < min(effect.treated.values())]
    treated = before["place"].isin(list(effect.treated))
    means = (np.average(part["value"], weights=part["n"]) for part in (before[treated], before[~treated]))
    return float(next(means) - next(means))


def of_setting(stored: Sequence[dict[str, str]], city: str, outcome: str) -> list[dict[str, str]]:
    return [row for row in stored if (row["city"], row["outcome"]) == (city, outcome)]


def _numbers(own: Sequence[Mapping[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in own])


def _line(own: Sequence[dict[str, str]], *head: str) -> tuple[str, ...]:
    return line(own, head, VERDICTS, digits=2, of_verdicts=3)


VERDICTS = ("improved", "worsened", "no_effect_found", "not_established")


def _by_gap(own: Sequence[dict[str, str]]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Cities by how far the treated counties were from the others before."""
    for name, low, high in (
        (f"more than {APART:g} points less", -np.inf, -APART),
        (f"within {APART:g} points", -APART, APART),
        (f"more than {APART:g} points more", APART, np.inf),
    ):
        inside = [row for row in own if low <= float(row["gap"]) < high]
        if len(inside) > 1:
            yield name, inside


def report(stored: Sequence[dict[str, str]]) -> str:
    own = {item: of_setting(stored, ALONE, item) for item in ITEMS}
    apart = np.mean(np.abs(_numbers(own[ITEMS[0]], "gap")) > APART)
    judged = [_line(found, item) for item, found in own.items()]
    gaps = [_line(inside, item, name) for item, found in own.items() for name, inside in _by_gap(found)]
    use = [_line(of_setting(stored, ALONE, measure.key), measure.key) for measure in USE]
    every = [_line(of_setting(stored, EVERY, item), item) for item in ITEMS]
    return f"""\
## Demo City: effects of outreach against the truth

From the simulated register to `chapters.reform_effect.reform_effects`, as the chapter goes: each city is drawn with its
own seed and with campaigns of targeted outreach in eight of its twelve counties, written as a store, its survey made a
panel of counties by eight half-yearly waves, and the effect estimated with an interval of level 0.95. The truth is what
`truth.yaml` says of both potential outcomes of the same respondents, in percentage points. Coverage must be at least
{BAND[0]}, and at most {BAND[1]} give or take the Monte Carlo error there; at most {HARMFUL} of these campaigns, which
all help, may be called harmful. The last columns are the shares of verdicts.

{markdown_table(("outcome", *NUMBERS, *VERDICTS), judged)}
From the fifth wave on the question is worded otherwise, which takes {SHIFT} off the log odds of a yes. The bridge takes
the wordings to be apart by equally many points everywhere, and so they are not: the same log odds are 11 points where
half of the people say yes, and 8 where four fifths do. In {apart:.0%} of the cities the counties with campaigns were
more than {APART:g} points from the others in heard_of before any campaign (weighted means of the waves until then).
By that gap:

{markdown_table(("outcome", "gap before", *NUMBERS, *VERDICTS), gaps)}
The wordings are not what this shows: on heard_of they do the opposite, since where fewer say yes the new wording costs
more points. Counties that were low by the luck of the sample or of the moment rise again, those that were high fall,
and a difference in differences takes that for the campaign's. Over all cities it evens out, and the intervals allow
for it.

Use of legal aid in the first {len(USED)} of these cities, in percent of what it would have been, by quarters
(`chapters.outreach_use`). Shown, not judged. Cases by notice of a court are a placebo: outreach does not move them.

{markdown_table(("outcome", *NUMBERS, *VERDICTS), use)}
Cities with all seventeen reforms, the mini-program, which bears on what people know too, in the model. Shown, not
judged: so few cities say little about a coverage.

{markdown_table(("outcome", *NUMBERS, *VERDICTS), every)}"""


SHIFT = "0.45"
"""What the simulation's other wording does (`register.simulation.survey`)."""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    """Items whose coverage lies outside of the band, or on which the campaigns are called harmful."""
    return [fault for item in ITEMS for fault in faults(of_setting(stored, ALONE, item), item)]


STUDY = Study("demo_city_outreach", COLUMNS, (*FULL, *CITIES), rows, report, broken, per_seed)
