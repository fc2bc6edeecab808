"""All cells of twenty million simulated cases against the same GROUP BYs written bare, and the memory both take.

The bare queries are what one would type into DuckDB: no calendar is joined (days are counted by the calendar's
difference alone), no contradiction between days is looked for, nothing is sorted, and the result is fetched as Arrow.
Every way of making cells runs in a process of its own, so that its peak memory is its own.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from legalaid_eval.cells import EVERY, STAGES
from legalaid_eval.cells.data_quality import PAIRS
from legalaid_eval.cells.quality_money import BANDS_CNY
from legalaid_eval.register.store import StoreWriter, open_store
from legalaid_eval.schemas import REGISTER_TABLES
from tests.benchmarks.reports import ROOT

CASES, PIECE, SHARE = 20_000_000, 1_000_000, 20
"""Cases, cases made at a time, and how many cases there are to a row of each of the other tables."""
GOAL, GOAL_BYTES = 3.0, 4 * 2**30
AS_OF = date(2025, 12, 31)
_CASES = """
WITH drawn AS (
  SELECT i, hash(i, 1) AS h, hash(i, 2) AS k, hash(i, 3) AS m,
         DATE '2019-01-01' + CAST(hash(i, 4) % 2550 AS INTEGER) AS start FROM range({low}, {high}) t(i)
), staged AS (
  SELECT *, start + CAST(h // 7 % 3 AS INTEGER) AS accepted, start + CAST(1 + h // 21 % 9 AS INTEGER) AS decided,
         start + CAST(10 + k % 5 AS INTEGER) AS assigned, start + CAST(20 + k // 5 % 240 AS INTEGER) AS closed,
         start + CAST(265 + k // 1200 % 60 AS INTEGER) AS archived, m % 20 = 0 AS refused, m % 5 = 1 AS notified
  FROM drawn
)
SELECT 'D' || i AS case_no, 'county' || h % 12 AS county,
  ['civil', 'civil', 'civil', 'criminal', 'administrative'][nth(h // 12 % 5)] AS case_type,
  ['labour_pay', 'work_injury', 'traffic', 'family', 'land', 'criminal', 'other'][nth(h // 60 % 7)] AS matter,
  ['window', 'hotline', 'web', 'miniprogram', 'station', 'phone'][nth(h // 420 % 6)] AS channel,
  ['first_instance', 'second_instance', 'arbitration'][nth(h // 2520 % 3)] AS proceeding_stage,
  ['checked', 'waived', 'not_required'][nth(h // 7560 % 3)] AS means_test,
  CASE WHEN m // 20 % 6 = 0 THEN 'art' || m // 120 % 6 END AS exemption_rule,
  ['migrant_worker', 'elderly|woman', 'minor', 'migrant_worker|woman', NULL][nth(k // 72000 % 5)] AS recipient_groups,
  m // 720 % 4 = 0 AS commitment, m // 2880 % 3 = 0 AS priority, m // 8640 % 2 = 0 AS routine,
  m // 17280 % 25 = 0 AS aid_first, CAST(m // 432000 % 4 AS BIGINT) AS visits,
  CASE WHEN notified THEN start END AS notice_on, CASE WHEN NOT notified THEN start END AS applied_on,
  accepted AS accepted_on, CASE WHEN decided <= DATE '2025-12-31' THEN decided END AS decided_on,
  CASE WHEN decided <= DATE '2025-12-31' THEN CASE WHEN refused THEN 'refused' ELSE 'granted' END END AS decision,
  CASE WHEN NOT refused AND assigned <= DATE '2025-12-31' THEN assigned END AS assigned_on,
  CASE WHEN NOT refused AND closed <= DATE '2025-12-31' THEN closed END AS closed_on,
  CASE WHEN NOT refused AND archived <= DATE '2025-12-31' THEN archived END AS archived_on,
  CASE WHEN refused AND decided <= DATE '2025-12-31' THEN 'refused'
       WHEN NOT refused AND closed <= DATE '2025-12-31' THEN 'closed' ELSE 'open' END AS status,
  CASE WHEN m // 1728000 % 3 > 0 THEN round(8000 + (k // 360000 % 700000) / 100, 2) END AS loss_recovered_cny,
  round(800 + (k // 360000 % 120000) / 100, 2) AS subsidy_cny,
  ['excellent', 'good', 'qualified', NULL][nth(m // 5184000 % 4)] AS grade,
  'h' || h // 22680 % 3000 AS handler_id, CAST(1 + m // 20736000 % 3 AS BIGINT) AS recipients
FROM staged
"""
_OTHERS = {
    "consultations": """SELECT 'Q' || i AS consultation_no, 'county' || i % 12 AS county,
        DATE '2019-01-01' + CAST(hash(i) % 2550 AS INTEGER) AS consulted_on, ['window', 'phone'][nth(i % 2)] AS channel,
        ['person_time', 'call'][nth(i // 2 % 2)] AS unit, CAST(1 + i % 3 AS BIGINT) AS quantity,
        ['elderly|woman', 'minor', NULL][nth(i // 3 % 3)] AS recipient_groups, 'family' AS matter,
        ['outreach', 'media', NULL][nth(i // 5 % 3)] AS knew_from,
        CASE WHEN i % 4 = 0 THEN 'E' || i % 1000 END AS event_id FROM range({low}, {high}) t(i)""",
    "callbacks": """SELECT 'D' || {share} * i AS case_no, DATE '2019-06-01' + CAST(i % 2300 AS INTEGER) AS called_on,
        'phone' AS mode, i % 9 > 0 AS reached, ['satisfied', 'dissatisfied', 'missing'][nth(i % 3)] AS answer_class
        FROM range({low}, {high}) t(i)""",
    "payments": """SELECT 'P' || i AS payment_id, 'D' || {share} * i AS case_no, 'county' || i % 12 AS county,
        DATE '2019-06-01' + CAST(i % 2300 AS INTEGER) AS paid_on, 'case' AS kind, round(900 + (i % 70000) / 100, 2)
        AS amount_cny, ['good', 'qualified'][nth(i % 2)] AS grade FROM range({low}, {high}) t(i)""",
    "peer_reviews": """SELECT 'D' || {share} * i AS case_no, DATE '2019-06-01' + CAST(i % 2300 AS INTEGER)
        AS reviewed_on, 'r' || i % 40 AS reviewer_id, 'panel' || i % 3 AS panel, ['good', 'qualified'][nth(i % 2)]
        AS grade, CAST(60 + i % 40 AS DOUBLE) AS score FROM range({low}, {high}) t(i)""",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """Seconds of all cells and of the bare queries, by name.

    `processor` is the ratio of processor time of the two processes, `peak` the most memory the cells had, in bytes.
    """

    cases: int
    cells: dict[str, float]
    bare: dict[str, float]
    processor: float
    peak: int

    @property
    def ratio(self) -> float:
        return sum(self.cells.values()) / sum(self.bare.values())

    @property
    def reached(self) -> bool:
        return self.ratio <= GOAL and self.peak < GOAL_BYTES


def write_cases(path: Path, cases: int) -> None:
    """A register of `cases` cases whose every column is a hash of its number."""
    engine = duckdb.connect()
    engine.execute("CREATE MACRO nth(i) AS CAST(1 + i AS INTEGER)")
    with StoreWriter(path, simulated=True, seed=1, data_as_of=AS_OF) as writer:
        for low in range(0, cases, PIECE):
            span = {"low": low, "high": min(low + PIECE, cases)}
            writer.append("cases", engine.sql(_CASES.format(**span)).to_arrow_table())
        for name, query in _OTHERS.items():
            found = engine.sql(query.format(low=0, high=cases // SHARE, share=SHARE)).to_arrow_table()
            writer.append(name, found)


def bare_queries(path: Path) -> Iterator[tuple[str, str]]:
    """For every kind of cells over these tables, the GROUP BY by the same keys and with the same sums."""
    yield from _bare_stages()
    month = "year({0}) * 12 + month({0})".format
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
    yield "arrivals cases", flow(came, "1", "count(*)")
    filled = ", ".join(f"count({column})" for column in REGISTER_TABLES["cases"].columns if column != "county")
    yield "completeness cases", f"SELECT county, status, count(*), {filled} FROM cases GROUP BY ALL"
    yield from _bare_others(month)


def _bare_stages() -> Iterator[tuple[str, str]]:
    until = f"coalesce({{0.stops}}, DATE '{AS_OF}') - {{0.starts}} AS duration"
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


def _each(table: str) -> str:
    """The table with a row for each group."""
    return f"(SELECT *, unnest(string_split(coalesce(recipient_groups, ''), '|')) AS g FROM {table})"


def _bare_others(month: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    asked = f"{month('consulted_on')} AS m, unit"
    sums = "count(*), sum(quantity), count(quantity)"
    for name, keys, source in (
        ("consultations", "channel", "consultations"),
        ("consultations by group", "g", _each("consultations")),
        ("intake", "knew_from, event_id IS NULL AS t", "consultations"),
    ):
        yield name, f"SELECT county, {asked}, {keys}, {sums} FROM {source} GROUP BY ALL"
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


def run_cells(path: Path) -> dict[str, float]:
    """Seconds of every kind of cells that has a bare counterpart."""
    wanted, spent = {name for name, _ in bare_queries(path)}, {}
    with open_store(path) as store:
        for kind in EVERY:
            if kind.name in wanted:
                started = time.perf_counter()
                found = kind.make(store)
                spent[kind.name] = time.perf_counter() - started
                if kind.covers == "rows" and found["n"].sum() != store.meta.rows(kind.table):
                    raise RuntimeError(f"{kind.name}: the cells do not add up to the rows")
    return spent


def run_bare(path: Path) -> dict[str, float]:
    """Seconds of every bare query."""
    engine, spent = duckdb.connect(), {}
    for name in ("cases", *_OTHERS):
        engine.execute(f"CREATE VIEW {name} AS FROM read_parquet('{path / name / '*.parquet'}')")
    for name, query in bare_queries(path):
        started = time.perf_counter()
        engine.sql(query).to_arrow_table()
        spent[name] = time.perf_counter() - started
    return spent


def compare_cells(folder: Path, cases: int = CASES) -> Compared:
    """Make the register, then measure both, each in a process of its own, the bare queries before and after."""
    path = folder / "store"
    write_cases(path, cases)
    before, ours, after = (_in_a_process(which, path) for which in ("bare", "cells", "bare"))
    bare = {name: (spent + after["seconds"][name]) / 2 for name, spent in before["seconds"].items()}
    processor = 2 * ours["processor"] / (before["processor"] + after["processor"])
    return Compared(cases, ours["seconds"], bare, processor, ours["peak"])


def _in_a_process(which: str, path: Path) -> dict:
    command = [sys.executable, "-m", "tests.benchmarks.cells_20m", which, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False)
    if ended.returncode:
        raise RuntimeError(f"{which} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    return json.loads(ended.stdout.splitlines()[-1])


def section(compared: Compared) -> str:
    """The part of docs/benchmarks.md."""
    ratios = {name: spent / compared.bare[name] for name, spent in compared.cells.items()}
    slowest = sorted(ratios, key=ratios.get, reverse=True)[:3]
    worst = "\n".join(f"| {name} | {ratios[name]:.1f} |" for name in slowest)
    return f"""\
## Cells of {compared.cases:,} cases

All {len(compared.cells)} kinds of cells over cases, consultations, call-backs, reviews and payments, as a multiple of
the same GROUP BYs written bare in DuckDB: without the calendar (theirs count calendar days only), without looking for
contradictions between days, unsorted. Goals: at most {GOAL:.0f} in all, and a peak of memory below
{GOAL_BYTES / 2**30:.0f} GB.
Peak of the cells: {compared.peak / 2**30:.1f} GB.

| | time |
|---|--:|
| all bare GROUP BYs | 1.0 |
| all cells | {compared.ratio:.1f} |
| all cells, processor time | {compared.processor:.1f} |
| median of the kinds | {float(np.median(list(ratios.values()))):.1f} |
{worst}
"""


def main(arguments: list[str]) -> None:
    if arguments and arguments[0] in ("bare", "cells"):
        run = run_bare if arguments[0] == "bare" else run_cells
        seconds = run(Path(arguments[1]))
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = used.ru_utime + used.ru_stime
        print(json.dumps({"seconds": seconds, "processor": spent, "peak": used.ru_maxrss * 1024}))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(section(compare_cells(Path(folder), int(arguments[0]) if arguments else CASES)))


if __name__ == "__main__":
    main(sys.argv[1:])
