"""No hidden count can be got back from all that is shown together, by an attacker written apart from the code."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from legalaid_eval.cells import disclosure
from legalaid_eval.cells.count_tables import CountTable, Window, split
from legalaid_eval.errors import UsageError
from legalaid_eval.register.privacy import ALL, Counts, Link, Nesting, Term, decide, rate_hidden
from legalaid_eval.register.store import open_store
from tests.cell_stores import AS_OF, write_register

COUNTIES, MONTHS, TYPES = ("a", "b", "c", "d"), ("m1", "m2", "m3"), ("t1", "t2", "t3")
QUARTER = {"m1": "q1", "m2": "q1", "m3": "q2"}
COLUMNS = ["county", "month", "type", "minor", "timed"]
TABLES = (("county", "month"), ("county", "type"), ("county", "minor"), ("type", "minor"))


@st.composite
def registers(draw):
    """Rows of cases, many of them alike, so that small and large counts stand side by side."""
    kinds = st.tuples(*map(st.sampled_from, (COUNTIES, MONTHS, TYPES, ("no", "yes"), ("no", "yes"))))
    heaps = draw(st.lists(st.tuples(kinds, st.sampled_from((1, 1, 2, 3, 6, 15))), min_size=1, max_size=25))
    return pd.DataFrame([kind for kind, times in heaps for _ in range(times)], columns=COLUMNS)


def counted(rows: pd.DataFrame, keys) -> pd.DataFrame:
    return rows.groupby(list(keys)).size().reset_index(name="n")


def tables_of(rows: pd.DataFrame) -> list[CountTable]:
    def quarters(_):
        return (Nesting("month", "quarter", QUARTER),)

    tables = []
    for keys in TABLES:
        nested = quarters if "month" in keys else None
        tables.append(CountTable("-".join(keys), "cases", keys, lambda _, k=keys: counted(rows, k), nested))
    for timed in ("yes", "no"):
        found = counted(rows[rows["timed"] == timed], ["county"])
        tables.append(CountTable(f"timed {timed}", f"timed {timed}", ("county",), lambda _, f=found: f))
    return tables


LINKS = (split("cases", "timed yes", "timed no", by=("county",)),)


def decided_on(rows: pd.DataFrame, least: int = 5) -> disclosure.Disclosure:
    return disclosure.decide_tables(None, tables_of(rows), LINKS, min_cell=least)


class Attacker:
    """Knows all that is shown: unknowns are the hidden counts, every sum that somebody can think of is an equation."""

    def __init__(self) -> None:
        self.known: dict[object, int] = {}
        self.unknown: dict[object, int] = {}
        self.equations: list[dict[object, int]] = []

    def sees(self, name: object, shown: tuple[int | None, str]) -> None:
        n, status = shown
        assert (n is None) == (status == "suppressed")
        if n is None:
            self.unknown.setdefault(name, len(self.unknown))
        else:
            self.known[name] = n

    def interval(self, name: object) -> tuple[int, int]:
        """The least and the greatest value that fit; only what is tied to the cell by unknowns matters."""
        near, grew = {name}, True
        while grew:
            tied = [equation for equation in self.equations if near & equation.keys()]
            wider = {term for equation in tied for term in equation if term in self.unknown}
            grew, near = not wider <= near, near | wider
        place = {term: position for position, term in enumerate(sorted(near, key=self.unknown.__getitem__))}
        matrix, right = sparse.lil_array((max(len(tied), 1), len(place))), np.zeros(max(len(tied), 1))
        for line, equation in enumerate(tied):
            for term, times in equation.items():
                if term in place:
                    matrix[line, place[term]] += times
                else:
                    right[line] -= times * self.known[term]
        ends = []
        for way in (1.0, -1.0):
            target = np.zeros(len(place))
            target[place[name]] = way
            fits = LinearConstraint(matrix.tocsr(), right, right)
            whole = np.ones(len(place))
            solved = milp(target, integrality=whole, bounds=Bounds(1, 10_000), constraints=fits)
            assert solved.success
            ends.append(round(way * solved.fun))
        return ends[0], ends[1]


def everything(decided: disclosure.Disclosure, rows: pd.DataFrame) -> tuple[Attacker, dict[object, int]]:
    """An attacker who has read all tables with all totals, and the true counts."""
    attacker, truth = Attacker(), {}
    timed = {"timed yes": rows[rows["timed"] == "yes"], "timed no": rows[rows["timed"] == "no"]}
    frame = rows.assign(quarter=rows["month"].map(QUARTER))
    values = {"county": COUNTIES, "month": MONTHS, "type": TYPES, "minor": ("no", "yes"), "quarter": ("q1", "q2")}
    shapes = {
        tuple(sorted(part)): "-".join(keys)
        for keys in TABLES
        for levels in (keys, [{"month": "quarter"}.get(key, key) for key in keys])
        for size in (0, 1, 2)
        for part in combinations(levels, size)
    }
    for shape, name in sorted(shapes.items()):
        for at in product(*(values[key] for key in shape)):
            keys = dict(zip(shape, at, strict=True))
            cell = ("cases", tuple(keys.items()))
            truth[cell] = int((frame[list(shape)] == list(at)).all(axis=1).sum()) if shape else len(frame)
            attacker.sees(cell, decided.cell(name, **keys))
    for name, part in timed.items():
        for county in (*COUNTIES, ALL):
            truth[name, county] = len(part) if county == ALL else int((part["county"] == county).sum())
            attacker.sees((name, county), decided.cell(name, county=county))
        attacker.equations.append({(name, c): 1 for c in COUNTIES} | {(name, ALL): -1})
    for county in (*COUNTIES, ALL):
        at = () if county == ALL else (("county", county),)
        attacker.equations.append({("timed yes", county): 1, ("timed no", county): 1, ("cases", at): -1})
    for shape in sorted(shapes):
        for key in shape:
            rest = [name for name in shape if name != key]
            for at in product(*(values[name] for name in rest)):
                whole = dict(zip(rest, at, strict=True))
                parts = {("cases", tuple(sorted((whole | {key: value}).items()))): 1 for value in values[key]}
                attacker.equations.append(parts | {("cases", tuple(sorted(whole.items()))): -1})
    for county in (None, *COUNTIES):
        at = {} if county is None else {"county": county}
        for quarter in ("q1", "q2"):
            parts = {("cases", tuple(sorted((at | {"month": m}).items()))): 1 for m in MONTHS if QUARTER[m] == quarter}
            attacker.equations.append(parts | {("cases", tuple(sorted((at | {"quarter": quarter}).items()))): -1})
    return attacker, truth


@settings(max_examples=25, deadline=None)
@given(registers(), st.sampled_from((2, 3, 5)), st.sets(st.sampled_from(COUNTIES), min_size=1, max_size=3))
def test_what_is_shown_together_leaves_every_small_count_at_least_min_cell_values(rows, least, places):
    decided = decided_on(rows, least)
    attacker, truth = everything(decided, rows)
    for chosen in (places, set(COUNTIES) - places):  # two reports, each on places of its own, tell their sums
        n, _ = decided.together("county-month", "county", chosen)
        if n is not None:
            assert n == int(rows["county"].isin(chosen).sum())
            attacker.known["sum"] = 1
            attacker.equations.append({("cases", (("county", c),)): 1 for c in chosen} | {"sum": -n})
    for cell, n in truth.items():
        if 0 < n < least:
            low, high = attacker.interval(cell)
            assert high - low >= least - 1, (cell, n, low, high)
        elif cell in attacker.known:
            assert attacker.known[cell] == n
        else:
            assert n >= least, "a true zero is never hidden"


@settings(max_examples=10, deadline=None)
@given(registers(), st.randoms(use_true_random=False))
def test_the_order_of_tables_and_rows_changes_nothing(rows, random):
    def decision(order):
        tables = [Counts("cases", keys, counted(rows, keys).sample(frac=1, random_state=order)) for keys in TABLES]
        random.shuffle(tables)
        return decide(tables).hidden

    assert decision(1) == decision(2)


@settings(max_examples=10, deadline=None)
@given(registers())
def test_nothing_is_hidden_where_nothing_is_small(rows):
    grown = pd.concat([rows] * 5, ignore_index=True)
    assert not decided_on(grown).decision.hidden
    assert not decided_on(rows, least=1).decision.hidden


def test_tables_of_one_population_are_protected_together():
    """Each table alone could show its total of county a; what one hides the other must not give back."""
    one = pd.DataFrame({"county": ["a", "a", "b", "b"], "kind": ["x", "y", "x", "y"], "n": [3, 40, 50, 60]})
    two = pd.DataFrame({"county": ["a", "b"], "minor": ["no", "no"], "n": [43, 110]})
    decided = decide([Counts("cases", ("county", "kind"), one), Counts("cases", ("county", "minor"), two)])
    for county, kind in product("ab", "xy"):
        assert decided.count("cases", county=county, kind=kind) == (None, "suppressed")
    assert decided.count("cases", county="a") == decided.count("cases", county="a", minor="no") == (43, "ok")
    assert decided.count("cases", county="a", minor="yes") == (0, "ok")


def test_a_multiple_of_a_small_count_is_hidden_with_it():
    """Four cases of each of which two columns are asked: eight values due would tell them."""
    cases = pd.DataFrame({"county": ["a", "b"], "n": [4, 30]})
    due = cases.assign(n=2 * cases["n"])
    link = Link(("county",), (Term(1, "due"), Term(-2, "cases")))
    decided = decide([Counts("cases", ("county",), cases), Counts("due", ("county",), due)], links=[link])
    assert decided.count("due", county="a")[0] is decided.count("due", county="b")[0] is None
    assert decided.count("due") == (68, "ok")


def test_what_other_reports_show_is_no_partner():
    years = pd.DataFrame({"year": ["2020", "2021", "undated"], "n": [3, 40, 50]})
    apart = decide([Counts("store", ("year",), years)])
    told = decide([Counts("store", ("year",), years, elsewhere=True)])
    assert apart.count("store") == (93, "ok") and apart.count("store", year="2021")[0] is None
    assert told.count("store")[0] is None and told.count("store", year="2021") == (40, "ok")


def test_a_share_is_hidden_with_either_side():
    assert [rate_hidden(*sides) for sides in product(("ok", "suppressed"), repeat=2)] == [False, True, True, True]


@pytest.mark.parametrize(
    ("tables", "links", "said"),
    [
        ([Counts("p", ("k",), pd.DataFrame({"k": ["a"], "n": [-1]}))], (), "negative"),
        ([Counts("p", ("k",), pd.DataFrame({"k": ["a"], "n": ["three"]}))], (), "no whole numbers"),
        ([Counts("p", ("k",), pd.DataFrame({"k": ["a"], "n": [1.5]}))], (), "no whole numbers"),
        ([Counts("p", ("k",), pd.DataFrame({"k": ["a", None], "n": [1, 2]}))], (), "empty 'k'"),
        ([Counts("p", ("k",), pd.DataFrame({"n": [1]}))], (), "no column k"),
        ([Counts("p", (), pd.DataFrame({"n": [n]})) for n in (1, 2)], (), "one count in all tables"),
        ([Counts("p", (), pd.DataFrame({"n": [1]}))], (Link((), (Term(1, "p"),)),), "does not hold"),
    ],
)
def test_tables_that_cannot_be_are_named(tables, links, said):
    with pytest.raises(UsageError, match=said):
        decide(tables, links=links)


@pytest.fixture(scope="module", params=[(3, 40), (4, 300)])
def declared(request, tmp_path_factory):
    """The library's own tables, decided on a random register, and the true counts behind them."""
    seed, size = request.param
    path = tmp_path_factory.mktemp("privacy") / "store"
    write_register(path, seed=seed, n=size)
    with open_store(path) as store:
        window = Window(store, AS_OF.replace(year=2020, month=1, day=1), AS_OF)
        return disclosure.decide_tables(window, disclosure.TABLES, disclosure.LINKS)


def test_the_declared_tables_give_no_small_count_away(declared):
    """Every sum by a key, found from the cells alone, and every link."""
    decision, attacker = declared.decision, Attacker()
    for cell in decision.counts:
        attacker.sees(cell, decision.of(cell))
    sums: dict[object, list[object]] = {}
    for population, at in decision.counts:
        for key, _ in at:
            rest = tuple(pair for pair in at if pair[0] != key)
            sums.setdefault(((population, rest), key), []).append((population, at))
    for (total, _), parts in sums.items():
        if sum(decision.counts[part] for part in parts) == decision.counts[total]:
            attacker.equations.append(dict.fromkeys(parts, 1) | {total: -1})
    for link in disclosure.LINKS:
        for value in {value for _, at in decision.counts for key, value in at if key == "county"} | {None}:
            at = {"county": value} if value and link.keys else {}
            terms = {(t.population, tuple(sorted((at | dict(t.at)).items()))): t.times for t in link.terms}
            attacker.equations.append({cell: times for cell, times in terms.items() if cell in decision.counts})
    small = [cell for cell, n in decision.counts.items() if n < decision.min_cell]
    assert small and set(small) <= decision.hidden < set(decision.counts)
    for cell in small:
        low, high = attacker.interval(cell)
        assert high - low >= decision.min_cell - 1, (cell, decision.counts[cell], low, high)
