"""The GROUP BYs of all cells as one would type them into DuckDB: by the same keys and with the same sums.

No calendar is joined (days are counted by the calendar's difference alone), no contradiction between days is looked
for, nothing is sorted.
"""

from collections.abc import Callable, Iterator

from legalaid_eval.cells import STAGES
from legalaid_eval.cells.data_quality import DAY_OF, PAIRS
from legalaid_eval.cells.outreach import ANSWERS
from legalaid_eval.cells.quality_money import BANDS_CNY
from legalaid_eval.clocks import STEPS, step_clocks
from legalaid_eval.schemas import REGISTER_TABLES


def bare_queries(as_of: str) -> Iterator[tuple[str, str]]:
    """For every kind of cells, the GROUP BY by the same keys and with the same sums; `as_of` is the data's last day."""
    month = "year({0}) * 12 + month({0})".format
    yield from _bare_stages(as_of)
    yield from _bare_limits(as_of)
    yield from _bare_cases(month)
    yield from _bare_consultations(month)
    yield from _bare_outreach(month)
    yield from _bare_with_case(month)
    yield from _bare_tables(month)


def _bare_cases(month: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    came = month("coalesce(applied_on, notice_on)")
    people = "count(*), sum(recipients), count(recipients)"
    flow = "SELECT county, {0} AS m, {1}, {2} FROM cases GROUP BY ALL".format
    yield "flow came_on", flow(came, "case_type", people)
    for event in ("applied_on", "accepted_on", "decided_on", "closed_on"):
        yield f"flow {event}", flow(month(event), "case_type", people)
    yield "mix", flow(came, "case_type, matter, channel", people)
    yield "exemptions", flow(came, "means_test, exemption_rule, decision", people)
    yield "flow by group", flow(came, "g", people).replace("FROM cases", f"FROM {_each('cases')}")
    four = "applied_on = accepted_on AND applied_on = decided_on AND applied_on = assigned_on AS chain"
    yield "same day", flow(month("applied_on"), f"case_type, routine, decision, {four}", "count(*)")
    papers = "case_type, aid_first, papers_completed_on IS NULL AS p"
    yield "aid first", flow(came, papers, "count(*), sum(papers_completed_on - applied_on)")
    ends = month("coalesce(closed_on, terminated_on, decided_on)")
    yield "stock", flow(month("accepted_on"), f"case_type, status, {ends} AS e", "count(*)")
    yield "access", flow(came, "channel, means_test, commitment, priority, visits <= 1 AS v", "count(*)")
    yield "handlers", flow(month("assigned_on"), "1", "count(*), count(DISTINCT handler_id)")
    losses = ", ".join(f"sum(loss_{x}_cny), count(loss_{x}_cny)" for x in ("claimed", "awarded", "recovered"))
    yield "losses", flow(month("closed_on"), "case_type, matter", f"count(*), {losses}")
    steps = " ".join(f"WHEN loss_recovered_cny >= {low} THEN {low}" for low in reversed(BANDS_CNY))
    yield "loss bands", flow(month("closed_on"), f"case_type, matter, CASE {steps} END AS b", "count(*)")
    yield "subsidies", flow(month("closed_on"), "case_type, grade", "count(*), sum(subsidy_cny), count(subsidy_cny)")


def _bare_tables(month: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    for table, day in DAY_OF.items():
        columns = REGISTER_TABLES[table].columns
        county = "county" if "county" in columns else "NULL AS county"
        when = month("coalesce(applied_on, notice_on)" if table == "cases" else day)
        yield f"arrivals {table}", f"SELECT {county}, {when} AS m, count(*) FROM {table} GROUP BY ALL"
        filled = ", ".join(f"count({column})" for column in columns if column != "county")
        keys = f"{county}, status" if table == "cases" else county
        yield f"completeness {table}", f"SELECT {keys}, count(*), {filled} FROM {table} GROUP BY ALL"


def _bare_stages(as_of: str) -> Iterator[tuple[str, str]]:
    until = f"coalesce({{0.stops}}, DATE '{as_of}') - {{0.starts}} AS duration"
    event = "{0.stops} IS NOT NULL AS event"
    query = (
        "SELECT county, year({0.starts}) * 12 + month({0.starts}) AS m, {1}, "
        f"{until}, {event}, count(*) FROM cases WHERE {{0.starts}} IS NOT NULL GROUP BY ALL"
    )
    for stage in STAGES.values():
        states = f"{stage.starts} IS NULL AS a, {stage.stops} < {stage.starts} AS b, {stage.stops} IS NULL AS c"
        yield f"accounts {stage.name}", f"SELECT county, case_type, {states}, count(*) FROM cases GROUP BY ALL"
        for unit in ("working_day", "day"):
            yield f"{stage.name} {unit}", query.format(stage, "case_type")
    first = STAGES["applied_decided"]
    yield "applied_decided by channel", query.format(first, "case_type, channel, routine")
    yield "applied_decided by group", query.format(first, "g").replace("FROM cases", f"FROM {_each('cases')}")
    pairs = [f"count_if({b} < {a}), count({a} - {b})" for a, b in PAIRS]
    yield "stage order", f"SELECT county, count(*), {', '.join(pairs)} FROM cases GROUP BY ALL"


def _bare_limits(as_of: str) -> Iterator[tuple[str, str]]:
    """Within so many days, of the rule in force at the start, and whether the case still waits."""
    clocks = {step: step_clocks(step)[:2] for step in STEPS}
    query = "SELECT county, year({0}) * 12 + month({0}) AS m, {1}, {2}, count(*) FROM cases GROUP BY ALL".format
    for step, (now, before) in {**clocks, "pledged_review": clocks["review"]}.items():
        limit = f"CASE WHEN {now.starts} >= DATE '{now.valid_from}' THEN {now.limit} ELSE {before.limit} END"
        kept = f"{now.starts} >= DATE '{now.valid_from}' AS r, {now.stops} IS NULL AS w"
        kept += f", coalesce({now.stops}, DATE '{as_of}') - {now.starts} <= {limit} AS k"
        yield f"limit of {step}", query(now.starts, "case_type", kept)
        if step == "review":
            by_group = query(now.starts, "g", kept).replace("FROM cases", f"FROM {_each('cases')}")
            yield f"limit of {step} by group", by_group
    waits = ("closed_on", "assigned_on", "decided_on", "notice_on", "applied_on")
    since = f"coalesce({', '.join(waits)})"
    last = " ".join(f"WHEN {name} IS NOT NULL THEN '{name}'" for name in waits)
    aged = f"SELECT county, case_type, CASE {last} END AS w, DATE '{as_of}' - {since} AS age, age > 7 AS o, count(*)"
    yield "open ages", f"{aged} FROM cases WHERE archived_on IS NULL GROUP BY ALL"


def _each(table: str) -> str:
    """The table with a row for each group."""
    return f"(SELECT *, unnest(string_split(coalesce(recipient_groups, ''), '|')) AS g FROM {table})"


def _bare_consultations(month: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    asked = f"{month('consulted_on')} AS m, unit"
    sums = "count(*), sum(quantity), count(quantity)"
    for name, keys, source in (
        ("consultations", "channel", "consultations"),
        ("consultations by group", "g", _each("consultations")),
        ("intake", "knew_from, event_id IS NULL AS t", "consultations"),
    ):
        yield name, f"SELECT county, {asked}, {keys}, {sums} FROM {source} GROUP BY ALL"


def _bare_outreach(month: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    shifts = f"SELECT county, station, {month('duty_on')} AS m, attended, count(*), sum(hours), count(hours)"
    yield "duty", f"{shifts} FROM duty_roster GROUP BY ALL"
    kind = "site, format, topic, season, target_group"
    sums = ", ".join(f"sum({name}), count({name})" for name in ("attendance", "materials", "cost_cny"))
    held = f"SELECT county, {month('held_on')} AS m, {kind}, count(*), {sums}"
    yield "events", f"{held} FROM outreach_events GROUP BY ALL"
    found = f"SELECT {kind}, unit, count(*), sum(quantity), count(quantity) FROM consultations"
    yield "yield", f"{found} LEFT JOIN outreach_events USING (event_id) GROUP BY ALL"
    asked = f"county, town, wave, stratum, psu, weight, mode, wording, segment, {', '.join(ANSWERS)}"
    yield "survey", f"SELECT {asked}, count(*) FROM awareness_survey GROUP BY ALL"
    said = "count(*), count(weight), count(DISTINCT psu), count(DISTINCT stratum), min(surveyed_on), max(surveyed_on)"
    yield "waves", f"SELECT county, wave, mode, wording, {said} FROM awareness_survey GROUP BY ALL"


def _bare_with_case(month: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    called = f"county, {month('called_on')} AS m, case_type, x.mode, reached, answer_class, count(*)"
    yield "callbacks", f"SELECT {called} FROM callbacks x LEFT JOIN cases USING (case_no) GROUP BY ALL"
    scores = "count(*), sum(score), count(score), count(DISTINCT case_no)"
    read = f"county, {month('reviewed_on')} AS m, case_type, panel, x.grade, {scores}"
    yield "reviews", f"SELECT {read} FROM peer_reviews x LEFT JOIN cases USING (case_no) GROUP BY ALL"
    amounts = "count(*), sum(amount_cny), count(amount_cny)"
    paid = f"SELECT x.county, {month('paid_on')} AS m, kind, x.grade"
    yield "payments", f"{paid}, case_no IS NULL AS c, {amounts} FROM payments x GROUP BY ALL"
    more = f"{amounts}, count(DISTINCT case_no), min(amount_cny), max(amount_cny)"
    yield (
        "tariffs",
        (f"{paid}, case_type, proceeding_stage, {more} FROM payments x LEFT JOIN cases USING (case_no) GROUP BY ALL"),
    )
