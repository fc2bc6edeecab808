"""No hidden count can be got back from what is shown, whatever tables are cut from the cube."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from legalaid_eval.register.privacy import ALL, decide, margins

COLUMNS = ("place", "type")


@st.composite
def cubes(draw):
    places, types = draw(st.integers(2, 5)), draw(st.integers(2, 4))
    counts = draw(st.lists(st.integers(0, 40), min_size=places * types, max_size=places * types))
    keys = product([f"p{i}" for i in range(places)], [f"t{i}" for i in range(types)])
    return pd.DataFrame([(*key, n) for key, n in zip(keys, counts, strict=True)], columns=[*COLUMNS, "n"])


def feasible(cube: pd.DataFrame, hidden: np.ndarray, position: int) -> tuple[float, float]:
    """The least and largest value of a hidden cell that fits everything shown (counts are not negative)."""
    rows, right = [], []
    for column in COLUMNS:
        other = next(name for name in COLUMNS if name != column)
        for _, group in cube.groupby(other):
            row, known = np.zeros(len(cube)), 0.0
            for index, cell in group.iterrows():
                sign = -1.0 if cell[column] == ALL else 1.0
                if hidden[index]:
                    row[index] = sign
                else:
                    known -= sign * cell["n"]
            rows.append(row)
            right.append(known)
    ends = []
    for sign in (1.0, -1.0):
        target = np.zeros(len(cube))
        target[position] = sign
        solved = linprog(target, A_eq=np.array(rows), b_eq=right, bounds=[(0, None)] * len(cube), method="highs")
        ends.append(sign * solved.fun if solved.success else np.inf)
    return min(ends), max(ends)


@settings(max_examples=60, deadline=None)
@given(cubes())
def test_no_small_count_can_be_worked_out_from_what_is_shown(cells):
    cube = margins(cells, columns=COLUMNS, count="n")
    decision = decide(cells, columns=COLUMNS, count="n")
    hidden = np.array([decision.hides(*key) for key in cube[list(COLUMNS)].itertuples(index=False, name=None)])
    for position in np.flatnonzero(hidden & (cube["n"] > 0) & (cube["n"] < 5)):
        low, high = feasible(cube, hidden, position)
        assert high - low > 0.5, cube.assign(hidden=hidden)


@settings(max_examples=60, deadline=None)
@given(cubes())
def test_every_small_count_is_hidden_and_zeros_are_shown_where_they_can_be(cells):
    cube = margins(cells, columns=COLUMNS, count="n")
    decision = decide(cells, columns=COLUMNS, count="n")
    for key, n in zip(cube[list(COLUMNS)].itertuples(index=False, name=None), cube["n"], strict=True):
        if 0 < n < 5:
            assert decision.hides(*key)
    if not ((cube["n"] > 0) & (cube["n"] < 5)).any():
        assert not decision.hidden


def test_a_cut_of_the_cube_hides_the_same_cells():
    cells = pd.DataFrame(
        [("A", "civil", 40), ("A", "criminal", 3), ("B", "civil", 50), ("B", "criminal", 20), ("C", "civil", 30)],
        columns=[*COLUMNS, "n"],
    )
    decision = decide(cells, columns=COLUMNS, count="n")
    by_place = decision.apply(cells.groupby("place", as_index=False)["n"].sum(), "n")
    finest = decision.apply(cells, "n")
    assert finest.loc[1, "status"] == "suppressed"
    assert finest["n"].isna().sum() >= 2
    assert list(by_place["status"]) == ["suppressed" if decision.hides(p, ALL) else "ok" for p in "ABC"]


@pytest.mark.parametrize("least", [2, 5, 10])
def test_the_limit_is_a_parameter(least):
    cells = pd.DataFrame([(f"p{i}", f"t{j}", 4 + i + j) for i in range(4) for j in range(3)], columns=[*COLUMNS, "n"])
    hidden = decide(cells, columns=COLUMNS, count="n", min_cell=least).hidden
    assert bool(hidden) == (least > 4)
