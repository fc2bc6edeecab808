"""The example map brings a real log with open cases into a store, and stage times are those of the log itself."""

import runpy
from datetime import date
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from legalaid_eval.cells.processing_time import stage_accounts, stage_cells
from legalaid_eval.estimators.duration import kaplan_meier
from legalaid_eval.register.importing import import_files
from legalaid_eval.register.store import open_store

PROJECT = Path(__file__).parents[2]
MAP = runpy.run_path(str(PROJECT / "data" / "maps" / "bpic2012.py"))
LOG = PROJECT.parent / "shared" / "data" / "bpic2012" / "bpic2012_cases.csv"
END = pd.Timestamp("2012-03-14")
OWN = """\
case_id,A_SUBMITTED,A_PREACCEPTED,A_ACTIVATED,A_APPROVED,A_CANCELLED,A_DECLINED
1,2011-10-01T23:59:59.9+02:00,2011-10-02T00:00:01.0+02:00,2011-10-13T10:00:00.0+02:00,2011-10-12T10:00:00.0+02:00,,
2,2011-10-03T08:00:00.0+02:00,,,,,2011-10-03T08:01:00.0+02:00
3,2012-01-03T08:00:00.0+01:00,2012-01-04T08:00:00.0+01:00,,,2012-02-03T08:01:00.0+01:00,
4,2012-03-01T08:00:00.0+01:00,2012-03-02T08:00:00.0+01:00,,,,
"""


def test_columns_and_codes_of_the_map():
    found = MAP["cases"](pd.read_csv(StringIO(OWN))).set_index("case_no")
    assert found["applied_on"].tolist() == ["2011-10-01", "2011-10-03", "2012-01-03", "2012-03-01"]
    assert found["decided_on"].fillna("").tolist() == ["2011-10-12", "2011-10-03", "2012-02-03", ""]
    assert found["decision"].fillna("").tolist() == ["granted", "refused", "withdrawn", ""]
    assert found["status"].tolist() == ["closed", "refused", "withdrawn", "open"]
    assert found["closed_on"].fillna("").tolist() == ["2011-10-13", "", "", ""]


@pytest.fixture(scope="module")
def log():
    if not LOG.exists():
        pytest.skip(f"the public log is not shipped; looked for it in {LOG.relative_to(PROJECT.parent)}")
    return pd.read_csv(LOG)


def test_a_real_log_with_open_cases(log, tmp_path):
    MAP["cases"](log).to_csv(tmp_path / "cases.csv", index=False)
    import_files([tmp_path / "cases.csv"], tmp_path / "store", data_as_of=date(2012, 3, 14))
    with open_store(tmp_path / "store") as store:
        accounts = stage_accounts(store, "applied_decided").groupby("state")["n"].sum()
        cells = stage_cells(store, "applied_decided", unit="day")
    assert accounts.to_dict() == {"done": 2246 + 7635, "withdrawn": 2807, "open": 399}
    # The log itself, row by row, in another library: cancelled applications leave, undecided ones are cut off.
    days = {name: pd.to_datetime(log[name].str[:10]) for name in ("A_SUBMITTED", "A_APPROVED", "A_DECLINED")}
    decided = days["A_APPROVED"].fillna(days["A_DECLINED"])
    end = decided.fillna(pd.to_datetime(log["A_CANCELLED"].str[:10])).fillna(END)
    theirs = SurvfuncRight((end - days["A_SUBMITTED"]).dt.days, decided.notna().astype(float))
    curve = kaplan_meier(cells, duration="duration", event="event", count="n").curve.query("events > 0")
    assert curve["survival"].to_numpy() == pytest.approx(theirs.surv_prob[theirs.n_events > 0], abs=1e-12)
    # The mean of the decided alone does not see the long ones.
    assert (decided - days["A_SUBMITTED"]).dt.days.mean() < area(curve)


def area(curve: pd.DataFrame) -> float:
    """The area under the curve up to its last event."""
    steps = np.concatenate([[1.0], curve["survival"].to_numpy()[:-1]])
    return float((steps * np.diff(np.concatenate([[0.0], curve["duration"].to_numpy(dtype=float)]))).sum())
