"""Processing time as described, against the rows of the simulated sample store, read without the cells."""

import datetime as dt
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from legalaid_eval import results
from legalaid_eval.calendar import working_days_between
from legalaid_eval.cells import stage_cells
from legalaid_eval.cells.processing_counts import NOW
from legalaid_eval.cells.processing_outcomes import outcome_cells
from legalaid_eval.cells.stages import ORDER, STAGES
from legalaid_eval.chapters.processing_description import by_place, figures, prose, tables, told_of
from legalaid_eval.chapters.processing_findings import enough, kept, quantiles_of, timing
from legalaid_eval.chapters.processing_limits import by_group, by_rule
from legalaid_eval.chapters.processing_panels import first_treated, outcome_panel, period_starts
from legalaid_eval.chapters.processing_prose import description
from legalaid_eval.chapters.processing_rows import rows
from legalaid_eval.chapters.processing_shares import clearance, part, waiting
from legalaid_eval.clocks import step_outcomes
from legalaid_eval.content import Message
from legalaid_eval.indicators.processing_time import LIMITS, MEASURES, STAGE_TIMES
from legalaid_eval.register.store import StoreWriter, open_store
from legalaid_eval.report import tables as html
from legalaid_eval.report import words
from legalaid_eval.schemas import register_codes

STORE = Path(__file__).parents[2] / "data/sample/store"
START, END = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
LEAST = 5
APPLIED = STAGE_TIMES[0]


def params_of(**changed: object) -> SimpleNamespace:
    plain = {"report_id": "probe", "place": "Demo City", "parts": [], "data_as_of": END, "store": str(STORE)}
    plain |= {"period_start": START, "period_end": END, "min_cell": LEAST, "conf_level": 0.95}
    return SimpleNamespace(**plain | {"pledge_rule": "PLEDGE-HLGE"} | changed)


@pytest.fixture(scope="module")
def told():
    return told_of(params_of())


@pytest.fixture(scope="module")
def found(told):
    return rows(told)


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    parts = [pd.read_parquet(path) for path in sorted((STORE / "cases").glob("*.parquet"))]
    frame = pd.concat(parts, ignore_index=True)
    days = [name for name in frame if name.endswith("_on")]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in days})


def in_period(days: pd.Series) -> pd.Series:
    return days.between(pd.Timestamp(START), pd.Timestamp(END))


def waits(cases: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Working days from application (plus supplement days) to decision, and whether it was decided."""
    took = cases[in_period(cases["applied_on"]) & cases["notice_on"].isna()]
    gone = took["decision"].isin(["withdrawn", "deemed_withdrawn"])
    until = took["decided_on"].fillna(took["terminated_on"]).fillna(pd.Timestamp(END))
    counted = took["applied_on"] + pd.to_timedelta(took["supplement_days"].fillna(0), unit="D")
    counted = counted.where(counted <= until, until)
    spent = working_days_between(counted.to_numpy("datetime64[D]"), until.to_numpy("datetime64[D]"))
    return np.asarray(spent, dtype=float), (took["decided_on"].notna() & ~gone).to_numpy()


def survival(days: np.ndarray, done: np.ndarray, day: float) -> float:
    """Kaplan and Meier's product, case by case."""
    open_still = 1.0
    for when in np.unique(days[done & (days <= day)]):
        open_still *= 1 - (done & (days == when)).sum() / (days >= when).sum()
    return open_still


def test_the_median_is_that_of_the_rows(told, cases):
    days, done = waits(cases)
    median = timing(told, APPLIED, "working_day").median
    assert median.n == len(days)
    assert survival(days, done, median.estimate) <= 0.5 < survival(days, done, median.estimate - 1)
    curve = next(figure for figure in figures(told) if figure.id == "stage_survival").data
    assert curve["share_open"].between(0, 100).all()
    ninth = timing(told, APPLIED, "working_day").ninth.estimate
    assert survival(days, done, ninth) <= 0.1 + 1e-12 < survival(days, done, ninth - 1)


@pytest.mark.parametrize("step", LIMITS)
def test_limits_are_kept_as_in_the_rows(told, cases, step):
    start = {"review": "applied_on", "assignment": "decided_on", "notified_assignment": "notice_on"}
    outcome = step_outcomes(cases, step, END)["outcome"]
    chosen = cases[start.get(step, "closed_on")]
    if step == "review":
        chosen = chosen.fillna(cases["accepted_on"])
    expected = outcome[in_period(chosen)].value_counts()
    share = kept(told, step).share
    assert share.n == expected["met"] + expected["missed"]
    assert share.estimate == pytest.approx(100 * expected["met"] / share.n)
    assert told.seen.limits[step]["n"].sum() == in_period(chosen).sum()


def test_stages_are_those_of_the_stage_cells(told):
    with open_store(STORE) as store:
        cells = stage_cells(store, "closed_archived", unit="day")
    cells = cells[cells["month"].between("2025-01", "2025-12")]
    ours = told.cells("closed_archived").rename(columns={"day": "duration"})
    keys = ["county", "case_type", "state", "duration"]
    expected = cells.groupby(keys)["n"].sum()
    pd.testing.assert_series_equal(ours.groupby(keys)["n"].sum(), expected)


@pytest.mark.parametrize("first, then", list(pairwise(ORDER)))
def test_each_step_from_application_to_file_is_told_in_both_units_with_its_open_cases(told, found, first, then):
    stage = next(each for each in STAGE_TIMES if (STAGES[each.stage].starts, STAGES[each.stage].stops) == (first, then))
    lines = found[(found["group"] == stage.stage) & (found["place"] == "Demo City")].set_index("method")
    wanted = [f"kaplan_meier_{name} {unit}" for name in ("median", "p90") for unit in ("working_day", "day")]
    assert (lines.loc[wanted, "status"] == "ok").all() and lines.loc[wanted, ["ci_low", "ci_high"]].notna().all(
        axis=None
    )
    assert "open_at_cutoff" in lines.index
    cells = told.cells(stage.stage)
    assert cells["n"].sum() > cells.loc[cells["event"], "n"].sum()  # those open or gone are followed, not left out
    shown = [line[0].code for line in tables(told)[0].rows]
    assert stage.stage in shown


def test_shares_are_those_of_the_rows(told, cases):
    first = in_period(cases["applied_on"].fillna(cases["notice_on"]))
    assert part(told, "aid_first").share.estimate == pytest.approx(100 * cases.loc[first, "aid_first"].mean())
    closed = in_period(cases["closed_on"]).sum() / in_period(cases["accepted_on"].fillna(cases["notice_on"])).sum()
    assert clearance(told).ratio == pytest.approx(closed)
    waits = cases[cases["closed_on"].notna() & cases["archived_on"].isna()]
    assert waiting(told, "archiving").n == len(waits)
    ages = (pd.Timestamp(END) - waits["closed_on"]).dt.days
    assert waiting(told, "archiving").median == ages.quantile(0.5, interpolation="inverted_cdf")


def test_rows_are_unique_and_never_show_a_small_count(found):
    assert not found.duplicated(list(results.KEY)).any()
    assert set(found["evidence"]) == {"simulated"}
    shown = found[found["status"] == "ok"]
    assert not pd.to_numeric(found["n"]).between(1, LEAST - 1).any()
    assert not pd.to_numeric(shown.loc[shown["unit"] == "case", "estimate"]).between(1, LEAST - 1).any()
    assert (
        found.loc[found["status"] == "suppressed", ["estimate", "ci_low", "n"]].isna()[["estimate", "ci_low"]].all(None)
    )
    shares = shown[(shown["unit"] == "percent") & shown["ci_low"].notna()]
    inside = shares["ci_low"].le(shares["estimate"]) & shares["estimate"].le(shares["ci_high"])
    assert inside.all()
    parts = shares[shares["method"].str.startswith("compliance")]
    missed = parts["n"] * (100 - parts["estimate"]) / 100
    assert not missed.astype(float).round().between(1, LEAST - 1).any()


def test_quantiles_need_cases_on_either_side(told):
    assert enough(10, 0.5, 5) and not enough(9, 0.5, 5)
    assert enough(50, 0.9, 5) and not enough(49, 0.9, 5)
    few = told.cells("applied_decided").head(1).assign(n=9)
    assert quantiles_of(told, few, "day") == ((None, None), "too_few")
    assert quantiles_of(told, few.assign(n=10), "day")[0][1] is None
    assert quantiles_of(told, few.head(0), "day")[1] == "no_rows"


def test_a_county_has_its_own_report(told, cases):
    alone = told_of(params_of(place="Yanpu"))
    there = cases[cases["county"] == "Yanpu"]
    days, _ = waits(there)
    assert timing(alone, APPLIED, "working_day").median.n == len(days)
    in_city = timing(told, APPLIED, "working_day", place="Yanpu")
    assert timing(alone, APPLIED, "working_day").median == in_city.median
    assert kept(alone, "review").share == kept(told, "review", place="Yanpu").share
    assert alone.places == () and by_place(alone).empty
    assert not rows(alone).duplicated(list(results.KEY)).any()
    assert {len(table.rows) for table in tables(alone) if table.id.endswith("places")} == {0}
    trend = figures(alone)[1].data
    assert list(trend["month"].unique()) == [f"{year}-01" for year in range(2019, 2026)]
    assert trend["share"].notna().any() and trend["share"].dropna().between(0, 100).all()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_has_words(told, language):
    for table in tables(told):
        assert "<table>" in html.render(table, language)
    for message in prose(told).messages:
        assert words.sentence(message, language)
    for figure in figures(told):
        assert words.sentence(Message(f"figures.{figure.id}.caption", figure.facts), language)


def test_a_wait_counts_supplements_and_withdrawals(cases):
    """decision_days: what applicants wait for, restricted to 15 working days, of months followed that long."""
    measure = MEASURES[0]
    with open_store(STORE) as store:
        cells = outcome_cells(store, measure)
    frame = outcome_panel(cells, measure).frame
    assert len(frame) == frame["place"].nunique() * frame["month"].nunique()
    assert frame["month"].max() == "2025-11"
    row = frame[(frame["place"] == "Yanpu") & (frame["month"] == "2025-03")].iloc[0]
    took = cases[(cases["county"] == "Yanpu") & cases["notice_on"].isna()]
    took = took[took["applied_on"].dt.strftime("%Y-%m") == "2025-03"]
    days = working_days_between(
        took["applied_on"].to_numpy("datetime64[D]"), took["decided_on"].to_numpy("datetime64[D]")
    )
    assert row["n"] == len(took)
    assert row["value"] == pytest.approx(np.minimum(np.asarray(days, dtype=float), 15).mean())
    assert row["variance"] > 0


def test_every_kind_of_reform_is_known():
    kinds = {kind for measure in MEASURES for kind in measure.reforms}
    assert kinds <= set(register_codes.REFORM_KIND)
    assert all((measure.horizon is None) != (measure.within is None) for measure in MEASURES)


def test_periods_end_with_the_last_month():
    months = pd.Series(["2023-02", "2023-08"])
    assert set(period_starts(months, "quarter").values()) == {"2023-03", "2023-06"}
    panel = SimpleNamespace(frame=pd.DataFrame({"month": ["2023-03", "2023-06"]}), period="quarter")
    starts = {"a": "2023-05", "b": "2020-01", "c": "2023-08", "d": "2023-09"}
    assert first_treated(starts, panel) == {"a": "2023-03", "b": "2023-03", "c": "2023-06"}


def test_earlier_cases_are_told_apart(told):
    spans = told.seen.stages["applied_decided"]
    assert set(spans["span"]) == {NOW, "before"}


def filed(path: Path, late: int) -> Path:
    """Forty closed and filed cases, `late` of them closed so late that their limit ends in a year without notice."""
    day = np.array(["2026-06-03"] * (40 - late) + ["2026-12-20"] * late, "datetime64[D]")
    columns = {"case_no": [f"n{number}" for number in range(40)], "county": ["a"] * 40, "case_type": ["civil"] * 40}
    columns |= {"applied_on": day - 60, "decided_on": day - 58, "assigned_on": day - 57, "closed_on": day}
    columns |= {"archived_on": day + 5, "decision": ["granted"] * 40, "status": ["closed"] * 40}
    with StoreWriter(path, simulated=True, data_as_of=dt.date(2026, 12, 31)) as writer:
        writer.append("cases", columns)
        places = {"code": ["a"], "place": ["Demo City"], "name_zh": ["示范市"], "level": ["county"], "parent": [""]}
        writer.append("places", places | {"name_en": ["Demo City"]})
    return path


@pytest.mark.parametrize(
    ("late", "counted", "said"), [(12, 12, "in 12 cases"), (0, 0, ""), (3, None, "in a number of cases too small")]
)
def test_limits_that_hang_on_holidays_not_announced_are_counted(tmp_path, late, counted, said):
    year = {"period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 12, 31)}
    found = told_of(params_of(store=str(filed(tmp_path / "store", late)), data_as_of=dt.date(2026, 12, 31), **year))
    assert kept(found, "filing").provisional == counted
    sentences = [words.sentence(m, "en") for m in description(found).messages]
    assert any("may still move" in each and said in each for each in sentences) == bool(late)


def test_where_the_rule_changed_each_version_stands_beside_the_share_under_both(cases):
    year = {"period_start": dt.date(2023, 1, 1), "period_end": dt.date(2023, 12, 31)}
    found = told_of(params_of(**year))
    outcome = step_outcomes(cases, "filing", END)
    closed = cases["closed_on"].between(pd.Timestamp(year["period_start"]), pd.Timestamp(year["period_end"]))
    judged = outcome[closed & outcome["outcome"].isin(["met", "missed"])]
    parts = list(by_rule(found, "filing"))
    assert [part.rules for part in parts] == [("PP23-b",), ("PP12-34",)]
    for each in parts:
        own = judged[judged["rule_id"] == each.rules[0]]["outcome"]
        assert (each.judged, each.met) == (len(own), (own == "met").sum())
    assert sum(part.judged for part in parts) == kept(found, "filing").judged == len(judged)
    assert list(by_rule(found, "review")) == []  # one rule all year: the limit's own line is enough
    told_rows = rows(found).set_index("group")
    assert told_rows.loc["filing:rule:PP12-34", "method"] == "compliance PP12-34"


def test_groups_keep_the_limit_as_their_rows_do(told, cases):
    found = dict(by_group(told))
    outcome = step_outcomes(cases, "review", END)["outcome"]
    mine = in_period(cases["applied_on"].fillna(cases["accepted_on"])) & outcome.isin(["met", "missed"])
    groups = cases["recipient_groups"].fillna("").str.split("|")
    shown = 0
    for group, limit in found.items():
        own = outcome[mine & groups.map(lambda names, group=group: group in names)]
        if limit.judged is None:
            assert limit.share is None
        else:
            assert (limit.judged, limit.met) == (len(own), (own == "met").sum())
            shown += 1
    assert shown > 5
