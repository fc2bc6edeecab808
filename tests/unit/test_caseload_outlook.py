"""The outlook on caseload: sums that agree, answers that follow from the rows, and registers too short for more."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from legalaid_eval import results
from legalaid_eval.cells.caseload_indicators import Asked as AskedCells
from legalaid_eval.cells.caseload_indicators import caseload_register
from legalaid_eval.cells.outlook_cells import festival
from legalaid_eval.chapters import caseload_outlook
from legalaid_eval.chapters.caseload_outlook import outlook
from legalaid_eval.chapters.outlook_capacity import Asked, capacity_of
from legalaid_eval.chapters.outlook_figures import cone
from legalaid_eval.chapters.outlook_findings import outlook_of
from legalaid_eval.chapters.outlook_forecast import PLACE, forecast_of
from legalaid_eval.chapters.outlook_nowcast import TOTAL, VERDICTS, nowcast_of, record_of
from legalaid_eval.chapters.outlook_panels import month_panel
from legalaid_eval.content import Chapter
from legalaid_eval.estimators.forecast import nowcast_many
from legalaid_eval.register.store import StoreWriter, open_store
from legalaid_eval.report import figures, show
from tests.caseload_decision import decide_on_caseload_alone

STORE = Path(__file__).parents[2] / "data/sample/store"
LEAST, SEED = 5, 7
NAMES = ("forecast_months", "forecast_series", "nowcast_places", "capacity_scenarios")


def told_of(store, *, place="Demo City", start=dt.date(2025, 1, 1), end=dt.date(2025, 12, 31)):
    params = {"report_id": "probe", "place": place, "parts": [], "data_as_of": end, "store": str(store)}
    params |= {"period_start": start, "period_end": end, "min_cell": LEAST, "conf_level": 0.95, "seed": SEED}
    params |= {"forecast_months": 12, "scenario_months": 24, "staff_change": -0.1, "demand_shock": 0.2}
    params |= {"wanted_wait": 10}
    with open_store(store) as opened:
        register = caseload_register(opened, AskedCells(place, (), start, end, params["min_cell"]))
    return SimpleNamespace(params=SimpleNamespace(**params), register=register)


@pytest.fixture(scope="module")
def told():
    with pytest.MonkeyPatch.context() as patch:
        decide_on_caseload_alone(patch, outlook=True)
        return told_of(STORE)


@pytest.fixture(scope="module")
def found(told):
    return outlook_of(told)


@pytest.fixture(scope="module")
def made(found):
    return outlook_from(found)


def outlook_from(found):
    """`outlook` of what has been found already: the forecasts are not made again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(caseload_outlook, "outlook_of", lambda told: found if told is found.told else outlook_of(told))
        return outlook(found.told)


def chapter_of(made):
    kinds = ({item.id: item for item in part} for part in (made.tables, made.figures, made.prose))
    return Chapter("caseload", results.make(made.rows), *kinds)


def worded(made, *kinds: str) -> str:
    """Everything the notebook shows, in both languages; raises where a word or a number is missing."""
    chapter, texts = chapter_of(made), []
    for kind in kinds or ("tables", "figures", "prose"):
        for name in getattr(chapter, kind):
            shown = getattr(show, kind.removesuffix("s"))(chapter, name)
            texts += [text for language in shown.languages.values() for text in language.values()]
    return "\n".join(texts)


# On the whole sample register.


def test_counties_and_kinds_of_cases_add_up_to_the_place(found):
    forecast = found.forecast
    total = forecast.months["mean"].sum()
    counties = forecast.sums[forecast.sums["series"] != PLACE]
    assert counties["mean"].sum() == pytest.approx(total, rel=1e-12)
    assert set(counties["series"]) == set(found.shown.place_codes)
    assert forecast.paths.shape == (1000, 12)
    assert forecast.total["mean"] == pytest.approx(total, rel=1e-12)
    np.testing.assert_allclose(
        forecast.total[["lo95", "hi95"]].to_numpy(dtype=float), np.quantile(forecast.paths.sum(axis=1), [0.025, 0.975])
    )
    # state compensation is so rare that its sum is rounded; the others share the total exactly
    assert abs(forecast.types["mean"].sum() - total) <= LEAST / 2


def test_kinds_of_cases_add_up_where_none_is_rounded():
    rng = np.random.default_rng(1)
    months = pd.period_range("2020-01", periods=48, freq="M").astype(str)
    cells = panel_cells({"a": rng.poisson(30, 48), "b": rng.poisson(50, 48)}, months)
    types = pd.DataFrame({"civil": rng.poisson(60, 48), "criminal": rng.poisson(20, 48)}, dtype=float)
    types.index = pd.PeriodIndex(months, freq="M")
    made = forecast_of(month_panel(cells, ["a", "b"]), types, horizon=6, seed=1)
    assert made.types["mean"].sum() == pytest.approx(made.months["mean"].sum(), rel=1e-12)


def test_a_year_that_is_over_is_what_the_rows_say(found):
    cases = pd.concat(pd.read_parquet(path) for path in (STORE / "cases").glob("*.parquet"))
    day = pd.to_datetime(cases["accepted_on"].fillna(cases["notice_on"]))
    counted = cases[day.dt.year == 2025].groupby("county").size()
    assert found.year.complete
    for code in found.shown.place_codes:
        assert found.expected(code) == counted[code]
    assert found.expected() == (day.dt.year == 2025).sum()
    targets = found.shown.register.targets
    targets = targets[(targets["year"] == 2025) & (targets["indicator"] == "cases")].set_index("place")["target"]
    for code, judged in found.year.places.items():
        code = "Demo City" if code == TOTAL else code
        assert judged.target == targets[code]
        reached = found.expected(judged.code) >= judged.target
        assert judged.verdict in (("met", "uninformative") if reached else ("not_met",))


def test_the_record_knows_nothing_that_came_later(found):
    """The nowcast of June equals one of data cut at the end of June."""
    row = found.record.of_place(2025).set_index("month").loc[6]
    counts = found.year.used.counts
    june = pd.Period("2025-06", freq="M")
    known = festival(counts.index[0], june + 6)
    again = nowcast_many(counts[counts.index <= june], year=2025, known=known, seed=SEED).total
    assert row["expected"] == pytest.approx(again.expected.estimate, rel=1e-9)
    assert row["came"] == counts[counts.index.year == 2025].sum().sum()
    assert found.record.frame.groupby("year").size().to_dict() == dict.fromkeys((2022, 2023, 2024, 2025), 39)


def test_stock_and_flow_of_every_scenario_balance(found):
    capacity = found.capacity
    assert tuple(capacity.scenarios) == ("as_now", "staff_change", "demand_shock", "same_day_review")
    for backlog in capacity.scenarios.values():
        came, gone = backlog.arrived["mean"].sum(), backlog.closed["mean"].sum()
        assert backlog.opening + came - gone == pytest.approx(backlog.stock["mean"].iloc[-1])
    now, staff, demand, review = (capacity.scenarios[name].paths[:, -1] for name in capacity.scenarios)
    assert (staff >= now).all() and (demand >= now).all() and (review <= now).all()
    assert capacity.opening == found.shown.stock["pending"].iloc[-1] == found.shown.pending_at_end(found.end)
    saved = capacity.saved
    assert saved.cases == pytest.approx(saved.rate * saved.days)


def test_rows_are_a_results_table_and_everything_has_words(made):
    rows = results.make(made.rows)
    assert set(rows["evidence"]) == {"simulated"}
    verdicts = rows.loc[rows["verdict"] != "", "verdict"]
    assert len(verdicts) == 13 and set(verdicts) <= set(VERDICTS)
    months = rows[rows["group"] == "forecast"]
    assert len(months) == 24 and months["period_start"].min() == dt.date(2026, 1, 1)
    assert ((months["ci_low"] <= months["estimate"]) & (months["estimate"] <= months["ci_high"])).all()
    text = worded(made)
    assert "None" not in text and "nan" not in text


def test_months_so_far_are_rounded_in_the_pictures(found):
    """No cases taken on in a month of a county may follow from two points of its picture."""
    for code in found.shown.counties:
        seen = cone(found, found.year.places[code])["observed"].dropna().to_numpy()
        assert (seen[:-1] % LEAST == 0).all()


# While the year runs.


@pytest.fixture(scope="module")
def in_june(told):
    params = SimpleNamespace(**vars(told.params) | {"data_as_of": dt.date(2025, 6, 17)})
    return outlook_of(SimpleNamespace(params=params, register=told.register))


def test_a_month_that_the_data_cut_is_not_used(in_june):
    assert in_june.cut and str(in_june.came.last) == "2025-05"
    assert in_june.year.months == 5 and not in_june.year.complete
    assert str(in_june.forecast.months["period"].iloc[0]) == "2025-06"
    total = in_june.year.total
    assert 0 < total.sure <= 100 and total.nowcast.expected.ci_low < in_june.expected() < total.nowcast.expected.ci_high
    seen = cone(in_june, total)["observed"].dropna()
    assert (seen % LEAST == 0).all()


def test_what_is_not_known_yet_has_words_too(in_june):
    made = outlook_from(in_june)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "draw", lambda *_: "")  # the pictures are those of the whole year, their words are not
        text = worded(made)
    assert "not complete and is not used" in text and "不完整，不予使用" in text
    assert {row.verdict for row in made.rows} <= {*VERDICTS, ""}


# The panel: what is missing and what is zero.


def panel_cells(series, months):
    frames = [
        pd.DataFrame({"county": code, "month": months, "n": pd.array(values, dtype="Int64")})
        for code, values in series.items()
    ]
    return pd.concat(frames, ignore_index=True)


def test_silence_gaps_and_absence_are_told_apart():
    months = [f"2024-{m:02d}" for m in range(1, 13)]
    gap = [20, 20, None, 20, 20, None] + [20] * 6
    quiet, stopped = [1, 0] * 5 + [None, None], [20] * 10 + [None, None]
    cells = panel_cells(
        {"full": [20] * 12, "gap": gap, "quiet": quiet, "stopped": stopped, "none": [None] * 12}, months
    )
    found = month_panel(cells, ["full", "gap", "quiet", "stopped", "none", "never"])
    assert found.codes == ("full", "gap", "quiet")
    assert found.notes == {"gap": "begins_after_gap", "quiet": "quiet_end"}
    assert found.left_out == {"stopped": "stopped_reporting", "none": "nothing_reported", "never": "nothing_reported"}
    assert found.counts["gap"].isna().sum() == 6
    assert found.counts["quiet"].iloc[-2:].tolist() == [0, 0]


def test_a_total_without_all_its_counties_is_not_judged():
    months = pd.period_range("2022-01", "2024-06", freq="M").astype(str)
    cells = panel_cells({"a": [30] * 30, "b": [40] * 20 + [None] * 10}, months)
    found = nowcast_of(month_panel(cells, ["a", "b"]), 2024, targets={"a": 200, "b": 300}, of_place=500, seed=1)
    assert (found.total.verdict, found.total.note) == ("not_evaluable", "counties_missing")
    assert found.places["b"].note == "stopped_reporting" and found.places["a"].verdict in ("likely", "uninformative")


@pytest.mark.parametrize(("target", "verdict"), [(200, "likely"), (360, "open"), (600, "unlikely")])
def test_verdicts_follow_the_probability(target, verdict):
    rng = np.random.default_rng(3)
    months = pd.period_range("2021-01", "2024-06", freq="M").astype(str)
    panel = month_panel(panel_cells({"a": rng.poisson(30, 42)}, months), ["a"])
    found = nowcast_of(panel, 2024, targets={"a": target}, of_place=target, seed=1).places["a"]
    expected = found.nowcast.probability
    assert found.verdict in (verdict, "uninformative" if verdict == "likely" else verdict)
    assert (expected >= 0.9, expected <= 0.1) == (verdict == "likely", verdict == "unlikely")


# Capacity.


def test_capacity_is_what_left_while_work_waited():
    months = pd.period_range("2023-01", periods=24, freq="M").astype(str)
    stock = pd.DataFrame({"county": "a", "month": months, "entered": 50, "left": 40})
    stock["pending"] = 100 + 10 * np.arange(1, 25)
    review = pd.DataFrame({"county": "a", "month": months, "duration": 5, "n": 30, "event": True})
    asked = Asked(12, -0.5, 0.0, 10)
    found = capacity_of(stock, review, asked, codes=["a"], handlers=10, conf_level=0.95, seed=1)
    assert found.per_month.estimate == pytest.approx(40) and found.months == 12
    assert found.scenarios["as_now"].stock["mean"].iloc[-1] == pytest.approx(340 + 12 * 10, rel=0.02)
    assert found.scenarios["staff_change"].stock["mean"].iloc[-1] == pytest.approx(340 + 12 * 30, rel=0.02)
    assert found.saved.cases == pytest.approx(30 / 20.75 * 5)
    assert found.needed.set_index("scenario").loc["as_now", "needed"] >= 13  # 50 come, one brings 4 to an end


def test_no_capacity_without_a_backlog_or_a_past():
    months = pd.period_range("2023-01", periods=24, freq="M").astype(str)
    stock = pd.DataFrame({"county": "a", "month": months, "entered": 5, "left": 5, "pending": 0})
    review, asked = pd.DataFrame({"county": [], "month": [], "duration": [], "n": [], "event": []}), Asked(12, 0, 0, 10)
    options = {"codes": ["a"], "handlers": None, "conf_level": 0.95, "seed": 1}
    assert capacity_of(stock, review, asked, **options).why == "no_backlog"
    assert capacity_of(stock.head(10), review, asked, **options).why == "too_short"
    assert capacity_of(stock.head(0), review, asked, **options).why == "no_rows"


# Short registers, made by hand.


def write(path, monthly, *, first="2025-01", targets=(), places=("A", "B"), as_of=None):
    """A register with so many cases of each county in each month."""
    rows = []
    for county, counts in monthly.items():
        for month, number in zip(pd.period_range(first, periods=len(counts), freq="M"), counts, strict=True):
            rows += [(county, month.start_time + pd.Timedelta(days=i % 25)) for i in range(number)]
    cases = pd.DataFrame(rows, columns=["county", "day"])
    last = pd.Period(first, freq="M") + max(map(len, monthly.values())) - 1
    with StoreWriter(path, simulated=True, data_as_of=as_of or last.end_time.date()) as writer:
        day = cases["day"].to_numpy().astype("datetime64[D]")
        filled = {"applied_on": day, "accepted_on": day, "decided_on": day, "closed_on": day + 40}
        filled["closed_on"] = np.where(filled["closed_on"] > np.datetime64(as_of or last.end_time), None, day + 40)
        text = {"county": cases["county"], "case_type": "civil", "decision": "granted", "status": "closed"}
        numbers = [f"c{i}" for i in range(len(cases))]
        days = {name: pd.to_datetime(pd.Series(values)).to_numpy() for name, values in filled.items()}
        writer.append(
            "cases",
            {
                "case_no": numbers,
                **{k: np.full(len(cases), v) if isinstance(v, str) else v.to_numpy() for k, v in text.items()},
                **days,
            },
        )
        if places:
            codes, levels = ["City", *places], ["city", *["county"] * len(places)]
            named = dict.fromkeys(("code", "place", "name_zh", "name_en"), codes)
            parents = ["", *["City"] * len(places)]
            writer.append("places", {**named, "level": levels, "parent": parents, "population": [9000] * len(codes)})
        if targets:
            place, goal = zip(*targets, strict=True)
            n = len(place)
            writer.append("targets", {"place": place, "year": [2025] * n, "indicator": ["cases"] * n, "target": goal})
    return path


RNG = np.random.default_rng(5)
REGISTERS = {
    "six months": ({"A": [20] * 6, "B": [7, 8, 9, 7, 8, 9]}, "2025-01", [("City", 400), ("A", 200)]),
    "six months from July": ({"A": [20] * 6, "B": [9] * 6}, "2024-07", [("City", 400)]),
    "one year": ({"A": RNG.poisson(20, 12), "B": RNG.poisson(8, 12)}, "2025-01", [("City", 300), ("B", 90)]),
    "twenty months": ({"A": RNG.poisson(20, 20), "B": RNG.poisson(8, 20)}, "2024-01", [("A", 200), ("B", 90)]),
    "zero months": ({"A": RNG.poisson(15, 40), "B": RNG.poisson(0.3, 40)}, "2022-01", []),
    "a silent county": ({"A": RNG.poisson(15, 40), "B": [12] * 20}, "2022-01", [("City", 200)]),
    "missing months": ({"A": RNG.poisson(15, 40), "B": [20] * 15 + [0] * 4 + [20] * 21}, "2022-01", [("B", 9)]),
    "one case": ({"A": [1]}, "2025-03", []),
    "an unchanging place": ({"A": [5] * 60}, "2020-06", [("A", 60)]),
}  # fmt: skip

DRAWN = ("six months", "missing months", "one case")


@pytest.fixture
def alone(monkeypatch):
    decide_on_caseload_alone(monkeypatch, outlook=True)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("name", REGISTERS)
def test_a_short_register_says_what_it_cannot_say(name, tmp_path):
    monthly, first, targets = REGISTERS[name]
    write(tmp_path / "store", monthly, first=first, targets=targets)
    made = outlook(told_of(tmp_path / "store", place="City"))
    assert {table.id for table in made.tables} >= set(NAMES)
    rows = results.make(made.rows)
    bad = rows[rows["estimate"].isna() & (rows["status"] == "ok")]
    assert bad.empty or set(bad["indicator"]) == {"TN01"}
    assert (rows.loc[rows["status"] == "not_evaluable", "note"] != "").all()
    text = worded(made, "tables", "prose", *(["figures"] if name in DRAWN else []))
    assert "None" not in text and "nan " not in text


@pytest.mark.usefixtures("alone")
def test_one_county_is_not_told_apart(tmp_path):
    write(
        tmp_path / "store", {"A": RNG.poisson(20, 48), "B": RNG.poisson(8, 48)}, first="2022-01", targets=[("A", 200)]
    )
    made = outlook(told_of(tmp_path / "store", place="A"))
    rows = results.make(made.rows)
    assert set(rows["place"]) == {"A"}
    assert next(figure for figure in made.figures if figure.id == "caseload_targets").data.empty
    worded(made)


@pytest.mark.usefixtures("alone")
def test_a_register_without_places_is_not_evaluable(tmp_path):
    write(tmp_path / "store", {"A": [20] * 30}, first="2023-01", places=())
    made = outlook(told_of(tmp_path / "store", place="City"))
    assert {row.status for row in made.rows} == {"not_evaluable"}
    worded(made)


def test_the_record_needs_two_years_before():
    months = pd.period_range("2023-01", "2025-12", freq="M").astype(str)
    panel = month_panel(panel_cells({"a": RNG.poisson(30, 36)}, months), ["a"])
    year = nowcast_of(panel, 2025, targets={}, of_place=None, seed=1)
    assert set(record_of(year, seed=1).frame["year"]) == {2025}
    shorter = month_panel(panel_cells({"a": RNG.poisson(30, 24)}, months[12:]), ["a"])
    assert record_of(nowcast_of(shorter, 2025, targets={}, of_place=None, seed=1), seed=1) is None
