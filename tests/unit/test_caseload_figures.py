"""Pictures of caseload: every number inside its plot, every word on the paper, the numbers in the words beside it."""

import hashlib
import math
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from itertools import cycle, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure as Drawn

from legalaid_eval.content import Code, Figure, Label, Quantity, Range
from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.report import figures, words
from legalaid_eval.report.drawing import monthly, year_cone
from tests.picture_checks import (
    LANGUAGES,
    beside,
    displayed,
    drawn,
    geometry,
    grey,
    laid_out,
    plots,
    require_inside,
    require_words_apart,
    shown,
    simulated_mark,
    texts,
)

NAN = math.nan
LONG = Label("示范市名称特别长的经济技术开发区法律援助中心", "Demo City Economic and Technological Development Zone")
PLACES = [Label(f"示范{n + 1}县", f"Demo County {n + 1}") for n in range(14)]
ACCEPTED, CLOSED = Label("受理", "accepted"), Label("结案", "closed")
APPLIED = Label("申请", "applied")
FESTIVAL = ("2018-02", "2019-02", "2020-01", "2021-02", "2022-02", "2023-01", "2024-02")
MARKS = (
    ("2022-01-01", Label("法律援助法施行", "Legal Aid Law in force")),
    ("2022-04", Label("告知承诺制", "Commitment instead of papers")),
    ("2023-09", Label("在线申请", "Online application")),
)
CHANNELS = "window hotline web miniprogram letter phone home_visit station village_adviser terminal other".split()

pytestmark = pytest.mark.filterwarnings("error::UserWarning")  # such as a glyph that the font lacks


def months(count: int, first: str = "2018-01") -> list[str]:
    return [str(month) for month in pd.period_range(first, periods=count, freq="M")]


def noise(number: int, place: int = 0) -> float:
    """Reproducible ups and downs between -1 and 1."""
    return math.sin(12.9898 * (number + 1) + 78.233 * place) * 0.6 + math.sin(3.7 * number + place) * 0.4


def month_count(number: int, place: int = 0) -> float:
    """A made-up monthly count with trend, season and a quiet month early in the year."""
    level = (
        (421.37 - 90.11 * place) * (1 + number / 240) * (1 + 0.12 * math.sin((number + 2 * place) / 12 * 2 * math.pi))
    )
    return math.pi / 3 * level * (0.66 if number % 12 == 1 else 1.0)


def level(names: int = 3, length: int = 84, factor: float = 1.0, long: bool = False, fitted: bool = True) -> Figure:
    lines = []
    series = [APPLIED, ACCEPTED, LONG if long else CLOSED, *PLACES][:names]
    for place, name in enumerate(series):
        for number, month in enumerate(months(length)):
            line = factor * month_count(number, place)
            seen = NAN if number % 40 == 33 else round(line * (1 + 0.07 * noise(number, place)))
            lines.append((month, name, seen, line if fitted else NAN))
    data = pd.DataFrame(lines, columns="month series value fitted".split())
    facts = {"festival": FESTIVAL, "marks": MARKS, "baseline": ("2021-01", "2021-12"), "unit": "case"}
    return Figure("caseload_level", "count_series", data, facts | {"simulated": True})


def forecast(length: int = 60, ahead: int = 12, factor: float = 1.0) -> Figure:
    lines = []
    for number, month in enumerate(months(length + ahead, "2020-01")):
        line = factor * month_count(number)
        if number < length:
            lines.append((month, round(line * (1 + 0.07 * noise(number))), *[NAN] * 6))
        else:
            reach = line * (0.08 + 0.008 * (number - length))
            bounds = (line - reach, line + reach, max(line - 1.6 * reach, 0), line + 1.6 * reach)
            lines.append((month, NAN, line, *bounds, line * (1 + 0.06 * noise(number))))
    data = pd.DataFrame(lines, columns="month observed mean lo80 hi80 lo95 hi95 naive".split())
    total = factor * data["mean"].sum()
    facts = {"unit": "case", "simulated": True, "festival": ("2021-02", "2022-02", "2023-01", "2024-02")}
    facts |= {"total": Quantity(round(total), "case")}
    facts |= {"total_range": Range(round(total * 0.93), round(total * 1.07), "case")}
    return Figure("caseload_forecast", "fan_chart", data, facts)


def year(seen: int = 7, share: float = 1.0, place: int = 0, name: Label | None = None) -> pd.DataFrame:
    """Cumulative months of 2024, `seen` of them known."""
    lines, total = [], 0.0
    for number, month in enumerate(months(12, "2024-01")):
        total += share * month_count(72 + number, place) / 4
        reach = share * 14 * math.sqrt(max(number + 1 - seen, 0))
        if number < seen:
            lines.append((month, round(total), *[NAN] * 5))
        else:
            bounds = (total - 1.28 * reach, total + 1.28 * reach, total - 1.96 * reach, total + 1.96 * reach)
            lines.append((month, NAN, total, *bounds))
    data = pd.DataFrame(lines, columns="month observed mean lo80 hi80 lo95 hi95".split())
    return data if name is None else data.assign(place=[name] * 12)


def nowcast(seen: int = 7, target: float | None = 1650, share: float = 1.0, probability: float = 83.4) -> Figure:
    facts = {"target": target, "probability": None if target is None else probability, "unit": "case"}
    return Figure("caseload_nowcast", "nowcast_cone", year(seen, share), facts | {"simulated": True})


def targets(names: int = 12, long: bool = False, seen: int = 8) -> Figure:
    parts = []
    for number, place in enumerate([LONG, *PLACES[1:]] if long else PLACES):
        if number < names:
            wanted = NAN if number == 4 and names > 4 else 300 + 115 * number
            chance = NAN if math.isnan(wanted) else max(0.0, min(99.7, 104 - 9 * number))
            parts.append(year(seen, 0.5 - number / 50, number % 3, place).assign(target=wanted, probability=chance))
    facts = {"simulated": True}
    return Figure("caseload_targets", "nowcast_places", pd.concat(parts, ignore_index=True), facts)


def funnel(
    names: int = 12, factor: float = 1.0, long: bool = False, shrunk: bool = True, crowd: bool = False
) -> Figure:
    lines, pooled, most = [], factor * 42.0, 1500.0
    for number in range(40):
        count = most * (number + 1) / 40
        inner, outer = factor * 98 / math.sqrt(count), factor * 154 / math.sqrt(count)
        limits = (max(pooled - inner, 0), pooled + inner, max(pooled - outer, 0), pooled + outer)
        lines.append((None, count, NAN, NAN, pooled, *limits, None))
    names_of = [LONG, *PLACES[1:]] if long else PLACES
    for number in range(names):
        count = 700.0 + number if crowd else 90 + 115.0 * number
        shift = (3.4, -0.6, 0.9, -2.4, 0.2, 2.2, -0.3, -3.6, 0.7, 1.1, -1.2, 2.9)[number % 12]
        rate = pooled + shift * factor * 50 / math.sqrt(count)
        outside = "outside998" if abs(shift) > 3.09 else "outside95" if abs(shift) > 1.96 else "inside"
        nearer = pooled + (rate - pooled) * 0.7 if shrunk else NAN
        lines.append((names_of[number], count, rate, nearer, *[NAN] * 5, outside))
    columns = "place denominator rate shrunk pooled lo95 hi95 lo998 hi998 outside".split()
    facts = {"unit": "percent", "missing": PLACES[12:], "chance": 0.6, "overdispersed": True, "simulated": True}
    return Figure("caseload_funnel", "funnel_plot", pd.DataFrame(lines, columns=columns), facts)


def stock(plans: int = 3, length: int = 60, factor: float = 1.0, long: bool = False) -> Figure:
    lines, pending = [], factor * 600.0
    for number, month in enumerate(months(length + 24 * (plans > 0), "2020-01")):
        if number < length:
            came, done = (factor * month_count(number, place) for place in (0, 0.1))
            came *= 1 + 0.06 * noise(number)
            pending = max(pending + came - done * (1 + 0.04 * noise(number, 3)) - factor * 9, 0)
            lines.append((month, came, done, pending, NAN, NAN, None))
            continue
        for plan in range(plans):
            name = (
                Label("人员不变", "same staff"),
                LONG if long else Label("增加两人", "two more staff"),
                Label("需求上升一成", "demand up by a tenth"),
                Label("当日审查", "same-day review"),
            )[plan]
            ahead = number - length + 1
            middle = max(pending + factor * ahead * (6, -12, 35, -5)[plan], 0)
            reach = factor * 30 * math.sqrt(ahead)
            lines.append((month, NAN, NAN, middle, max(middle - reach, 0), middle + reach, name))
    data = pd.DataFrame(lines, columns="month accepted closed pending lo80 hi80 scenario".split())
    facts = {"unit": "case", "simulated": True, "marks": MARKS[:1]}
    return Figure("caseload_stock", "stock_flow", data, facts)


def channels(groups: int = 11, length: int = 28, every: int = 3, long: bool = False) -> Figure:
    names = [Code("effect_group_channel", code) for code in CHANNELS]
    names = [LONG, *names[1:]] if long else names
    lines = []
    for number, month in enumerate(months(length * every)[::every]):
        sizes = [50 - number, 14, 3 + 0.8 * number, 1 + 0.6 * number, 1, 4, 1.5, 9, 6, 0.8, 2][:groups]
        total = sum(max(size, 1) for size in sizes)
        for name, size in zip(names, sizes, strict=False):
            lines.append((month, name, NAN if number == 9 else 100 * max(size, 1) / total))
    data = pd.DataFrame(lines, columns="month group share".split())
    return Figure("caseload_channels", "share_mix", data, {"marks": MARKS, "simulated": True})


EXAMPLES: dict[str, Callable[[], Figure]] = {
    "count_series": level,
    "fan_chart": forecast,
    "nowcast_cone": nowcast,
    "nowcast_places": targets,
    "funnel_plot": funnel,
    "stock_flow": stock,
    "share_mix": channels,
}
SMALL: dict[str, Callable[[], Figure]] = EXAMPLES | {  # drawn in less time
    "count_series": lambda: level(1, 12),
    "fan_chart": lambda: forecast(6, 3),
    "nowcast_places": lambda: targets(1),
    "stock_flow": lambda: stock(1, 6),
    "share_mix": lambda: channels(3, 4),
}
EXTREMES: dict[str, Callable[[], Figure]] = {
    "level_one_year": lambda: level(1, 12),
    "level_five_long": lambda: level(5, 84, long=True),
    "level_large_unfitted": lambda: level(3, 60, 4321.0, fitted=False),
    "level_zero": lambda: level(2, 24, 0.0),
    "level_suppressed": lambda: without(level(2), ["value", "fitted"]),
    "fan_short": lambda: forecast(14, 3),
    "fan_large": lambda: forecast(84, 24, 5e4),
    "fan_no_band": lambda: without(forecast(), ["lo80", "hi80", "lo95", "hi95", "naive"]),
    "fan_only_ahead": lambda: forecast(0, 12),
    "cone_january": lambda: nowcast(1),
    "cone_no_month": lambda: nowcast(0),
    "cone_whole_year": lambda: nowcast(12),
    "cone_far_too_easy": lambda: uninformative(nowcast(9, 300, probability=99.8)),
    "cone_far_too_hard": lambda: nowcast(9, 90_000, probability=0.2),
    "cone_on_target": lambda: nowcast(9, 1690),
    "cone_no_target": lambda: nowcast(6, None),
    "cone_no_band": lambda: without(nowcast(), ["lo80", "hi80", "lo95", "hi95"]),
    "cone_suppressed": lambda: without(nowcast(), list(year_cone.NUMBERS)),
    "places_one": lambda: targets(1),
    "places_fourteen_long": lambda: targets(14, long=True),
    "places_suppressed": lambda: without(targets(3), list(year_cone.NUMBERS), slice(0, 12)),
    "funnel_small_long": lambda: funnel(4, 1e-3, long=True),
    "funnel_crowd": lambda: funnel(14, crowd=True),
    "funnel_large": lambda: funnel(12, 900.0, shrunk=False),
    "funnel_one": lambda: funnel(1),
    "stock_seen_only": lambda: stock(0),
    "stock_four_long": lambda: stock(4, 36, 100.0, long=True),
    "stock_suppressed": lambda: without(stock(0, 24), ["accepted", "closed", "pending"]),
    "mix_months": lambda: channels(11, 84, 1, long=True),
    "mix_two_years": lambda: channels(2, 7, 12),
    "mix_one": lambda: channels(3, 1),
    "mix_suppressed": lambda: without(channels(), ["share"]),
}
ALL = EXAMPLES | EXTREMES
SPOKEN = dict(zip(EXAMPLES, cycle(LANGUAGES), strict=False))  # in one language each where a drawing tells all


def without(figure: Figure, columns: list[str], rows: slice = slice(None)) -> Figure:
    """The figure with values taken away."""
    data = figure.data.copy()
    data.loc[data.index[rows], columns] = NAN
    return replace(figure, data=data)


def uninformative(figure: Figure) -> Figure:
    return replace(figure, facts={**figure.facts, "uninformative": True})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name, values in (("kind", EXAMPLES), ("example", ALL), ("language", LANGUAGES)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, list(values))


@lru_cache(maxsize=16)  # more drawings kept alive cost more in tidying of memory than they save
def example_drawn(example: str, language: str) -> Drawn:
    return laid_out(ALL[example](), language)


@cache
def svg(kind: str, language: str) -> str:
    return figures.draw(EXAMPLES[kind](), language)


def test_every_picture_is_a_well_formed_svg_of_the_page_width(kind: str) -> None:
    root = ElementTree.fromstring(svg(kind, SPOKEN[kind]))
    assert root.attrib["viewBox"].startswith("0 0 518.4 ")


def test_words_keep_apart_numbers_stay_inside_and_both_languages_show_the_same(example: str) -> None:
    found = {language: example_drawn(example, language) for language in LANGUAGES}
    for language, each in found.items():
        require_words_apart(each)
        require_inside(each)
        _require_every_plot_to_tell(each, ALL[example]().id, language)
        assert min(text.get_fontsize() for text in texts(each)) >= 9, "too small to read"
        assert each.get_figwidth() == 7.2, "not as wide as the page"
        assert simulated_mark(language) in shown(each)
    assert geometry(found["zh"]) == geometry(found["en"])


def _require_every_plot_to_tell(found: Drawn, id_: str, language: str) -> None:
    """Every plot with an axis holds a curve, a column or a mark, or words in their place."""
    reason = words.lookup(f"figures.{id_}.suppressed", language) if words.has(f"figures.{id_}.suppressed", "en") else ""
    bare = [axes for axes in plots(found) if not _tells(axes)]
    assert plots(found)
    assert sum(reason == said for said in shown(found)) == len(bare)


def _tells(axes: object) -> bool:
    """Whether the plot has more than grid, marks of reforms, target and pace."""
    rules = (monthly.START["color"], year_cone.PACE["color"], "white")
    curves = [line for line in axes.lines if line.get_color() not in rules or len(line.get_xdata()) != 2]
    columns = [patch for patch in axes.patches if patch.get_facecolor()[3] == 1]
    return bool(columns) or any(np.isfinite(np.asarray(line.get_ydata(), dtype=float)).any() for line in curves)


def test_only_simulated_data_are_marked_as_such(kind: str) -> None:
    figure, language = SMALL[kind](), SPOKEN[kind]
    said = shown(drawn(replace(figure, facts={**figure.facts, "simulated": False}), language))
    assert said and simulated_mark(language) not in said


SCRIPT = """
import hashlib
from tests.unit import test_caseload_figures as examples
for kind, language in reversed(examples.SPOKEN.items()):
    svg = examples.figures.draw(examples.EXAMPLES[kind](), language)
    print(kind, language, hashlib.sha256(svg.encode()).hexdigest())
"""


def test_the_bytes_do_not_depend_on_seed_folder_order_or_settings(tmp_path: Path, checkout: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("font.family: serif\nxtick.labelsize: 4\n")
    environment = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": str(checkout), "TZ": "Asia/Shanghai"}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    found = {tuple(line.split()) for line in done.stdout.splitlines()}
    own = ((kind, each, svg(kind, each)) for kind, each in SPOKEN.items())
    assert found == {(kind, each, hashlib.sha256(text.encode()).hexdigest()) for kind, each, text in own}


NUMBERS = {
    "count_series": ("value", "fitted"),
    "fan_chart": ("mean", "lo80", "hi80", "lo95", "hi95", "naive"),
    "nowcast_cone": ("mean", "lo80", "hi80", "lo95", "hi95"),
    "nowcast_places": ("mean", "lo80", "hi80", "lo95", "hi95", "target"),
    "funnel_plot": ("denominator", "rate", "shrunk"),
    "stock_flow": ("pending", "lo80", "hi80"),
    "share_mix": ("share",),
}


def test_the_last_bits_of_a_number_do_not_show_but_a_changed_number_does(kind: str) -> None:
    columns = list(NUMBERS[kind])
    figure = SMALL[kind]()
    figure = replace(figure, data=figure.data.astype(dict.fromkeys(columns, float)))
    before = figures.draw(figure, "en")
    noisy = figure.data.assign(**{column: figure.data[column] * (1 + 1e-13) for column in columns})
    assert figures.draw(replace(figure, data=noisy), "en") == before
    for column in columns:
        data = figure.data.copy()
        data.loc[data.index[-2], column] *= 0.98
        assert figures.draw(replace(figure, data=data), "en") != before, column


def test_a_caption_an_alternative_and_an_empty_sentence_stand_ready(kind: str, language: str) -> None:
    for part in ("caption", "alt", "empty"):
        assert words.has(f"figures.{EXAMPLES[kind]().id}.{part}", language)


def test_every_picture_has_words_beside_it(example: str, language: str) -> None:
    figure = ALL[example]()
    caption, alt = (beside(figure, part, language) for part in ("caption", "alt"))
    assert caption and alt
    assert not [odd for odd in ("None", "nan", "  ", "—", "..", "。。") if odd in alt], alt


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nowcast_cone", ("1,650", "probability of meeting it 83%", "2024-07")),
        ("funnel_plot", ("Demo County 1", "Demo County 8", "12 places")),
        ("share_mix", ("window visit from 54% to 22%", "2018-01 to 2024-10")),
        ("nowcast_places", ("Demo County 12",)),
        ("stock_flow", ("same staff", "2026-12")),
    ],
)
def test_the_text_alternative_says_the_numbers(name: str, expected: tuple[str, ...]) -> None:
    alt = beside(EXAMPLES[name](), "alt", "en")
    assert [said for said in expected if said not in alt] == [], alt


def test_the_text_alternative_follows_the_data() -> None:
    figure = level(1, 24, fitted=False)
    data = figure.data.assign(value=[10.0] * 23 + [98_765.0])
    assert "from 10 to 98,765" in beside(replace(figure, data=data), "alt", "en")
    ahead = forecast(24, 2)
    ahead.data.loc[25, ["mean", "lo95", "hi95"]] = [555.0, 444.0, 777.0]
    assert "555 in 2022-02 (95% interval 444 to 777)" in beside(ahead, "alt", "en")


def test_the_probability_of_meeting_the_target_stands_in_the_picture() -> None:
    assert any("the target: 83%" in said for said in shown(example_drawn("nowcast_cone", "en")))
    assert any("达标概率：83%" in said for said in shown(example_drawn("nowcast_cone", "zh")))
    assert any("the target: more than 99%" in said for said in shown(drawn(nowcast(probability=99.7), "en")))
    assert any("the target: at most 1%" in said for said in shown(drawn(nowcast(probability=0.3), "en")))
    assert not any("Probability" in said for said in shown(drawn(nowcast(target=None), "en")))


def test_a_cone_begins_at_the_last_count_seen_and_the_year_at_zero() -> None:
    axes = plots(example_drawn("nowcast_cone", "en"))[0]
    seen = next(line for line in axes.lines if line.get_color() == year_cone.OBSERVED["color"])
    ahead = next(line for line in axes.lines if line.get_color() == year_cone.WITHOUT["color"])
    assert seen.get_xydata()[0].tolist() == [axes.get_xlim()[0], 0.0]
    assert seen.get_xydata()[-1].tolist() == ahead.get_xydata()[0].tolist()
    assert ahead.get_xydata()[-1][0] == axes.get_xlim()[1]
    assert len(seen.get_xydata()) == 8 and len(ahead.get_xydata()) == 6


def test_places_are_drawn_in_percent_of_their_own_targets() -> None:
    figure = targets(2)
    for axes, (_, rows) in zip(plots(drawn(figure, "en")), figure.data.groupby("place", sort=False), strict=True):
        ahead = next(line for line in axes.lines if line.get_color() == year_cone.WITHOUT["color"])
        last = rows.iloc[-1]
        assert ahead.get_ydata()[-1] == pytest.approx(100 * last["mean"] / last["target"], rel=1e-5)


@pytest.mark.parametrize("starts", [months(6, "2020-03"), ["2022-12", "2024-11"], ["2022-12", "2024-11", "2024-12"]])
def test_words_of_reforms_close_together_keep_apart(starts: list[str], language: str) -> None:
    marks = tuple((month, LONG if number == 1 else MARKS[number % 3][1]) for number, month in enumerate(starts))
    require_words_apart(laid_out(replace(level(1), facts={"unit": "case", "marks": marks}), language))


def test_a_place_without_a_target_is_named_and_not_drawn() -> None:
    found = drawn(targets(6), "en")
    assert "Without a target: Demo County 5." in shown(found)
    assert len(plots(found)) == 5
    assert "12 places are drawn, 1 more place is not." in shown(example_drawn("places_fourteen_long", "en"))


def test_only_places_outside_the_limits_are_named_and_the_missing_are_told() -> None:
    found = shown(example_drawn("funnel_plot", "en"))
    figure = funnel()
    outside = [
        place.en for place in figure.data.loc[figure.data["outside"].str.startswith("outside", na=False), "place"]
    ]
    assert {said for said in found if said.startswith("Demo County")} == set(outside)
    assert "Missing (2): Demo County 13 and Demo County 14." in found


def test_names_without_room_in_the_funnel_are_said_below_it() -> None:
    said = " ".join(shown(example_drawn("funnel_crowd", "en")))
    figure = funnel(14, crowd=True)
    outside = figure.data.loc[figure.data["outside"].str.startswith("outside", na=False), "place"]
    assert [place.en for place in outside if place.en not in said] == []


def test_a_place_without_a_rate_is_missing_not_zero() -> None:
    figure = funnel()
    data = figure.data.copy()
    data.loc[data.index[-1], "rate"] = NAN
    found = " ".join(shown(drawn(replace(figure, data=data, facts={"unit": "percent"}), "en")))
    assert "Missing (1): Demo County 12." in found


def test_small_groups_are_merged_and_named() -> None:
    found = " ".join(shown(example_drawn("share_mix", "en")))
    assert "Merged under “other”" in found and "self-service terminal" in found
    assert found.count("→") == 7
    assert "Merged" not in " ".join(shown(drawn(channels(3, 12), "en")))


def test_shares_that_overlap_are_refused() -> None:
    figure = channels()
    with pytest.raises(LegalAidEvalError, match="expected at most 100"):
        figures.draw(replace(figure, data=figure.data.assign(share=60.0)), "en")


def test_a_column_is_as_high_as_its_share() -> None:
    figure = channels(3, 4)
    axes = plots(drawn(figure, "en"))[0]
    heights = [np.ptp(patch.get_path().vertices[:, 1]) for patch in axes.patches if patch.get_facecolor()[3] == 1]
    assert sorted(heights) == pytest.approx(sorted(figure.data["share"]), rel=1e-4)


def test_neighbouring_shares_differ_in_grey() -> None:
    from legalaid_eval.report.drawing import share_mix

    for count in range(1, len(share_mix.FILLS) + 1):
        fills = [*share_mix.FILLS[:count], share_mix.OTHER]
        apart = [abs(grey(one) - grey(other)) for one, other in pairwise(fills)]
        assert min(apart[:-1], default=1) > 0.3
        assert apart[-1] > 0.15


@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 0.3)), min_size=1, max_size=9).map(sorted),
)
def test_words_at_the_ends_never_overlap(blocks: list[tuple[float, float]]) -> None:
    tops = monthly.spread(blocks, 0.0, 3.0)
    bottoms = [top + high for top, (_, high) in zip(tops, blocks, strict=True)]
    assert all(bottom <= top + 1e-9 for bottom, top in zip(bottoms, tops[1:], strict=False))
    assert bottoms[-1] <= 3.0 + blocks[-1][1] / 2 + 1e-9
    assert tops[0] >= -blocks[0][1] / 2 - 1e-9
    if all(a + ha / 2 <= b - hb / 2 for (a, ha), (b, hb) in pairwise(blocks)):  # nothing needed to move
        assert tops == pytest.approx([middle - high / 2 for middle, high in blocks])


def test_the_labels_of_the_rows_do_not_matter(kind: str) -> None:
    figure = EXAMPLES[kind]()
    data = figure.data.set_axis(range(len(figure.data), 0, -1))
    language = SPOKEN[kind]
    assert figures.draw(replace(figure, data=data), language) == svg(kind, language)


def test_one_row_is_enough(kind: str, language: str) -> None:
    figure = EXAMPLES[kind]()
    one = replace(figure, data=figure.data.iloc[[-1]])
    found = displayed(one, language)
    assert ElementTree.fromstring(found["svg"]).tag.endswith("svg")
    assert found["alt"]
