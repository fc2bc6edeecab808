"""What one query gives for every stage and time limit is what the cells of each give by themselves."""

from datetime import date
from tempfile import TemporaryDirectory

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval import cells
from legalaid_eval.cells.all_limits import NAMES, clocks_of, limit_of
from legalaid_eval.cells.all_stages import NOW, all_stages
from legalaid_eval.cells.count_tables import Window
from legalaid_eval.cells.processing_counts import Started, age_cells
from legalaid_eval.cells.stages import STAGES, TIMED
from legalaid_eval.clocks import STEPS
from legalaid_eval.register.store import open_store
from tests.cell_stores import write_register

SPANS = ((date(2023, 1, 1), date(2023, 12, 31)), (date(2022, 7, 1), date(2023, 2, 28)))


@settings(max_examples=2)
@given(seed=st.integers(0, 2**32 - 1), span=st.sampled_from(SPANS))
def test_all_stages_at_once_are_each_stage_by_itself(seed, span):
    with TemporaryDirectory() as folder:
        write_register(folder, seed=seed, n=120, others=False)
        with open_store(folder) as store:
            window = Window(store, *span)
            every = all_stages(window)
            for stage in STAGES:
                found = every[(every["stage"] == stage) & (every["came_in"] == "true")]
                accounts = cells.stage_accounts(window, stage, by=())
                assert _sums(found, "state") == _sums(accounts, "state")
                alone = cells.stage_cells(window, stage, unit="day", by=("case_type", "decision"))
                timed = found[found["state"].isin(TIMED)].astype({"day": "int64"}).rename(columns={"day": "duration"})
                keys = ["county", "case_type", "decision", "state", "duration"]
                assert _sums(timed, *keys) == _sums(alone, *keys)
                worked = every[(every["stage"] == stage) & (every["span"] == NOW) & every["state"].isin(TIMED)]
                assert set(worked["working_day"]) <= {str(day) for day in range(10_000)}


@settings(max_examples=2)
@given(seed=st.integers(0, 2**32 - 1), span=st.sampled_from(SPANS))
def test_all_limits_at_once_are_each_limit_by_itself(seed, span):
    with TemporaryDirectory() as folder:
        write_register(folder, seed=seed, n=120, others=False)
        with open_store(folder) as store:
            window = Window(store, *span)
            for name in NAMES:
                clock, *others = clocks_of(name)
                found, columns = limit_of(window, name), clock.chosen_by
                began = cells.compliance_cells(Started(store, columns, *span), name if others else clock)
                assert _both(found[found["now"] == "true"]) == _both(began)
                if name in STEPS:
                    assert _both(found) == _both(cells.compliance_cells(store, name))
            keys = ["county", "waits_for", "over_limit", "duration"]
            assert _sums(age_cells(window), *keys) == _sums(cells.open_age_cells(store, by=(), unit="day"), *keys)


def _both(frame: pd.DataFrame) -> dict[object, list[int]]:
    keys = ["county", "month", "case_type", "rule_id", "clock", "outcome"]
    return frame.groupby(keys)[["n", "n_provisional"]].sum().T.to_dict("list")


def _sums(frame: pd.DataFrame, *keys: str) -> dict[object, int]:
    return frame.groupby(list(keys))["n"].sum().to_dict()
