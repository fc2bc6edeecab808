"""Pictures of awareness and outreach: wordings kept apart, guesses marked as such, the numbers in the words beside."""

import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from itertools import cycle, pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure as Drawn

from legalaid_eval.content import Code, Figure, Label, Quantity, Range
from legalaid_eval.report import figures, words
from legalaid_eval.report.drawing import allocation, dose_response, event_calendar, panel, wave_lines
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
LONG = Label("示范市名称特别长的经济技术开发区外来务工人员", "Migrant workers of Demo City Development Zone")
HEARD = Label("听说过法律援助", "have heard of legal aid")
DEPTH = (
    Label("知道免费", "know that it is free"),
    Label("知道谁可以申请", "know who qualifies"),
    Label("知道到哪里申请", "know where to apply"),
    Label("知道热线号码", "know the number of the hotline"),
)
OLD, NEW = Label("“听说过吗”", "“heard of it?”"), Label("“了解吗”", "“know about it?”")
STREET, PHONE, ONLINE = Label("入户", "at home"), Label("电话", "by phone"), Label("网络", "online")
TOPICS = (
    Label("宪法宣传周", "Constitution Week"),
    Label("农民工返乡", "workers' return"),
    Label("开学季", "start of school"),
    Label("消费者权益日", "Consumer Day"),
    Label("赶集日", "market day"),
    Label("普法进企业", "enterprises"),
    Label("其他活动", "further events"),
)
CLAIM = Quantity(90, "percent", "more_than")

pytestmark = pytest.mark.filterwarnings("error::UserWarning")  # such as a glyph that the font lacks


def waves(count: int = 6, questions: int = 5, change: int | None = 4, long: bool = False, low: float = 38) -> Figure:
    lines = []
    for place, question in enumerate((LONG if long else HEARD, *DEPTH)[:questions]):
        for number in range(count):
            share = min(max(low - 6.7 * place, 3) + 5.3 * number + (9 if change and number >= change else 0), 99)
            wording = None if change is None else NEW if number >= change else OLD
            reach = (5.1 + place, 4.9)
            lines.append(
                (
                    f"{2019 + number}-{(5, 11)[number % 2]:02d}",
                    question,
                    share,
                    max(share - reach[0], 0),
                    min(share + reach[1], 100),
                    wording,
                    (STREET, PHONE)[number >= 3],
                    640 + 101 * number,
                )
            )
    columns = "month question estimate ci_low ci_high wording mode n".split()
    facts = {"claim": CLAIM, "simulated": True}
    return Figure("outreach_awareness", "awareness_waves", pd.DataFrame(lines, columns=columns), facts)


def calendar(months: int = 48, topics: int = 7, surveys: int = 4, factor: int = 1) -> Figure:
    lines = []
    for number, month in enumerate(pd.period_range("2021-01", periods=months, freq="M")):
        for place, topic in enumerate(TOPICS[:topics]):
            events = factor * (
                (number * 7 + place * 5) % (9 - place) - 2 + 6 * (month.month == (12, 1, 9, 3)[place % 4])
            )
            if events > 0:
                lines.append((str(month), topic, float(events), NAN, NAN, NAN, None, None))
    for number in range(surveys):
        share, wording = 41.5 + 6 * number, NEW if number > 1 else OLD
        month = f"{2021 + number}-10"
        lines.append((month, None, NAN, share, share - 4, share + 3.8, wording, (STREET, ONLINE)[number % 2]))
    columns = "month group n estimate ci_low ci_high wording mode".split()
    facts = {"unit": "event", "claim": CLAIM, "simulated": True}
    return Figure("outreach_calendar", "event_calendar", pd.DataFrame(lines, columns=columns), facts)


def dose(points: int = 24, identified: bool = False, factor: float = 1.0, profiles: bool = True) -> Figure:
    lines = []
    for x in np.linspace(0, 0.9, 25):
        y = factor * 14 * (1 - math.exp(-x / 0.25))
        lines.append(("curve", x, y, y - factor * (1 + 6 * x), y + factor * (1 + 7 * x), NAN))
    for number in range(points):
        x = 0.02 + 0.58 * number / max(points, 1)
        y = factor * (14 * (1 - math.exp(-x / 0.25)) + 3.1 * math.sin(9.1 * number))
        lines.append(("point", x, y, NAN, NAN, 60.0 + (number * 137) % 900))
    if profiles:
        for x in np.linspace(0, 1, 21):
            lines.append(("decay", x, (40 if identified else 5) * (x - 0.55) ** 2, NAN, NAN, NAN))
        for x in np.geomspace(0.01, 3, 25):
            lines.append(
                ("saturation", x, 2.2 * math.log(x / 0.25) ** 2 if identified else 0.3 / (1 + x), NAN, NAN, NAN)
            )
    data = pd.DataFrame(lines, columns="part x y low high n".split())
    facts = {"dose_range": (0.02, 0.6), "cut_off": 3.84, "unit": "percentage_point", "simulated": True}
    if identified:
        facts |= {"decay": Range(0.24, 0.86, "ratio"), "saturation": Range(0.07, 0.94, "ratio", 2)}
    return Figure("outreach_dose", "dose_response", data, facts | {} if identified else facts | {"decay": None})


def budget(segments: int = 8, factor: float = 1.0, long: bool = False) -> Figure:
    lines = []
    names = [
        "工地农民工",
        "企业职工",
        "学生",
        "妇女",
        "老年人",
        "残疾人",
        "军属",
        "未成年人",
        *(f"示范{n}县" for n in range(9)),
    ]
    for number, name in enumerate(names[:segments]):
        english = ("construction workers", "employees", "students", "women", "the elderly")
        label = Label(name, english[number] if number < 5 else f"segment {number + 1}")
        now, then = factor * (60_000 - 3_000 * number), factor * max(20_000 + 14_000 * math.sin(2.3 * number), 0)
        gain = factor * (then - now) / factor / 70
        low, high = 0.7 * then, 1.2 * then
        lines.append(
            (LONG if long and not number else label, now, then, low, high, gain, gain - 190, gain + 240, number == 4)
        )
    columns = "segment present suggested low high gain gain_low gain_high beyond".split()
    facts = {"unit": "CNY", "budget": Quantity(300_000 * factor, "CNY"), "total": Quantity(1_240, "person")}
    facts |= {"total_range": Range(410, 2_070, "person"), "simulated": True}
    return Figure("outreach_allocation", "allocation", pd.DataFrame(lines, columns=columns), facts)


def segments() -> Figure:
    """The picture of effects by group, with shares of people in place of cases."""
    lines = [("overall", Label("全体", "everybody"), 4.2, 1.3, 7.1, 7040)]
    for number, name in enumerate(("工地农民工", "企业职工", "学生")):
        middle = (8.1, 2.4, NAN)[number]
        label = Label(name, ("construction workers", "employees", "students")[number])
        lines.append((Label("人群", "segment"), label, middle, middle - 4.4, middle + 4.6, 612))
    data = pd.DataFrame(lines, columns="kind group estimate ci_low ci_high n".split())
    return Figure("outreach_by_segment", "group_effects", data, {"unit": "percentage_point", "simulated": True})


EXAMPLES: dict[str, Callable[[], Figure]] = {
    "awareness_waves": waves,
    "event_calendar": calendar,
    "dose_response": dose,
    "allocation": budget,
    "group_effects": segments,
}
SMALL: dict[str, Callable[[], Figure]] = EXAMPLES | {  # drawn in less time
    "awareness_waves": lambda: waves(3, 1),
    "event_calendar": lambda: calendar(3, 2),
    "dose_response": lambda: dose(3),
    "allocation": lambda: budget(2),
}
EXTREMES: dict[str, Callable[[], Figure]] = {
    "waves_one": lambda: waves(1, 1, None),
    "waves_many_long": lambda: waves(12, 5, 3, long=True, low=30),
    "waves_ceiling": lambda: waves(4, 1, None, low=88),
    "waves_suppressed": lambda: without(waves(3, 2), ["estimate", "ci_low", "ci_high"]),
    "calendar_events_only": lambda: calendar(84, 3, 0, 40),
    "calendar_waves_only": lambda: calendar(0),
    "calendar_one_month": lambda: calendar(2, 1, 0),
    "calendar_suppressed": lambda: without(calendar(3, 3, 1), ["n", "estimate", "ci_low", "ci_high"]),
    "dose_identified": lambda: dose(identified=True),
    "dose_no_points_large": lambda: dose(0, factor=400.0, profiles=False),
    "dose_points_only": lambda: only(dose(5), "point"),
    "dose_suppressed": lambda: without(dose(3, profiles=False), ["y", "low", "high"]),
    "budget_one_small": lambda: budget(1, 0.001),
    "budget_many_long": lambda: budget(17, 20.0, long=True),
    "budget_unknown": lambda: without(budget(3), ["gain", "gain_low", "gain_high", "present"]),
}
ALL = EXAMPLES | EXTREMES
SPOKEN = dict(zip(EXAMPLES, cycle(LANGUAGES), strict=False))  # in one language each where a drawing tells all


def without(figure: Figure, columns: list[str]) -> Figure:
    return replace(figure, data=figure.data.assign(**dict.fromkeys(columns, NAN)))


def only(figure: Figure, part: str) -> Figure:
    return replace(figure, data=figure.data[figure.data["part"] == part])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name, values in (("kind", EXAMPLES), ("example", ALL), ("language", LANGUAGES)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, list(values))


@lru_cache(maxsize=12)  # more drawings kept alive cost more in tidying of memory than they save
def example_drawn(example: str, language: str) -> Drawn:
    return laid_out(ALL[example](), language)


def test_words_keep_apart_numbers_stay_inside_and_both_languages_show_the_same(example: str) -> None:
    found = {language: example_drawn(example, language) for language in LANGUAGES}
    for language, each in found.items():
        require_words_apart(each)
        require_inside(each)
        assert min(text.get_fontsize() for text in texts(each)) >= 9, "too small to read"
        assert each.get_figwidth() == 7.2, "not as wide as the page"
        assert simulated_mark(language) in shown(each)
    assert geometry(found["zh"]) == geometry(found["en"])


@cache
def svg(kind: str, language: str) -> str:
    return figures.draw(EXAMPLES[kind](), language)


def test_every_picture_is_a_well_formed_svg_of_the_page_width(kind: str) -> None:
    assert ElementTree.fromstring(svg(kind, SPOKEN[kind])).attrib["viewBox"].startswith("0 0 518.4 ")


def test_only_simulated_data_are_marked_as_such(kind: str) -> None:
    figure, language = SMALL[kind](), SPOKEN[kind]
    said = shown(drawn(replace(figure, facts={**figure.facts, "simulated": False}), language))
    assert said and simulated_mark(language) not in said


def test_the_words_beside_a_picture_are_whole_sentences(example: str, language: str) -> None:
    assert words.has(f"figures.{ALL[example]().id}.empty", language)
    alt = beside(ALL[example](), "alt", language)
    assert beside(ALL[example](), "caption", language) and alt
    assert not [odd for odd in ("None", "nan", "  ", "—", "..", "。。", "{", "()", "（）") if odd in alt], alt


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("awareness_waves", ("6 survey waves", "have heard of legal aid: 74% in 2024-11 (68% to 78%)")),
        ("event_calendar", ("499 events", "Constitution Week 137", "Awareness 60% in 2024-10")),
        ("dose_response", ("24 places", "At a dose of 0.6", "Saturation: not identified")),
        ("dose_identified", ("Share left a period later: 0.24 to 0.86", "Saturation: 0.07 to 0.94")),
        ("allocation", ("8 segments", "segment 7 33,212 (now 42,000)", "Outside of the doses observed: the elderly")),
    ],
)
def test_the_text_alternative_says_the_numbers(name: str, expected: tuple[str, ...]) -> None:
    alt = beside(ALL[name](), "alt", "en")
    assert [said for said in expected if said not in alt] == [], alt


def test_a_wave_of_another_wording_is_not_compared_in_words_either() -> None:
    alike = waves(3, 1, None)
    assert "38% in 2019-05, 49% in 2021-05" in beside(alike, "alt", "en")
    data = alike.data.assign(wording=[OLD, OLD, NEW])
    assert "in 2019-05," not in beside(replace(alike, data=data), "alt", "en")


NUMBERS = {
    "awareness_waves": ("estimate", "ci_low", "ci_high", "n"),
    "event_calendar": ("estimate", "ci_low", "ci_high"),
    "dose_response": ("x", "y"),
    "allocation": ("present", "suggested", "low", "high", "gain", "gain_low", "gain_high"),
    "group_effects": ("estimate", "ci_low", "ci_high"),
}


def test_the_last_bits_of_a_number_do_not_show_but_a_changed_number_does(kind: str) -> None:
    figure, columns = SMALL[kind](), list(NUMBERS[kind])
    figure = replace(figure, data=figure.data.astype(dict.fromkeys(columns, float)))
    before = figures.draw(figure, "en")
    noisy = figure.data.assign(**{column: figure.data[column] * (1 + 1e-13) for column in columns})
    assert figures.draw(replace(figure, data=noisy), "en") == before
    for column in columns:
        data = figure.data.copy()
        data.loc[data[column].last_valid_index(), column] *= 0.97
        assert figures.draw(replace(figure, data=data), "en") != before, column


def test_the_labels_of_the_rows_do_not_matter_and_one_row_is_enough(kind: str) -> None:
    figure = EXAMPLES[kind]()
    data = figure.data.set_axis(range(len(figure.data), 0, -1))
    assert figures.draw(replace(figure, data=data), SPOKEN[kind]) == svg(kind, SPOKEN[kind])
    found = displayed(replace(figure, data=figure.data.iloc[[-1]]), "zh")
    assert ElementTree.fromstring(found["svg"]).tag.endswith("svg") and found["alt"]


def lines_of(found: Drawn, look: dict[str, object], number: int = 0) -> list[np.ndarray]:
    axes = plots(found)[number]
    return [line.get_xydata() for line in axes.lines if line.get_linewidth() == look["linewidth"] and _as(line, look)]


def _as(line: object, look: dict[str, object]) -> bool:
    return line.get_color() == look["color"] and line.is_dashed() == (look.get("linestyle", "-") != "-")


def test_waves_of_different_wording_are_never_joined() -> None:
    wordings = [OLD, OLD, NEW, OLD, OLD, NEW, NEW]
    figure = waves(7, 1)
    data = figure.data.assign(wording=wordings)
    joined = lines_of(drawn(replace(figure, data=data), "en"), wave_lines.JOINED)
    assert [len(line) for line in joined] == [2, 2, 2]
    assert len(lines_of(drawn(figure, "en"), panel.START)) == 1
    assert len(lines_of(drawn(replace(figure, data=data), "en"), panel.START)) == 3
    assert "Wording of the first waves: “heard of it?”." in shown(drawn(figure, "en"))
    gap = data.assign(wording=OLD, estimate=[NAN if n == 3 else 40.0 + n for n in range(7)])
    assert [len(line) for line in lines_of(drawn(replace(figure, data=gap), "en"), wave_lines.JOINED)] == [3, 3]


def test_two_wordings_in_one_wave_stay_two_lines() -> None:
    data = pd.concat([waves(3, 1).data.assign(wording=OLD), waves(3, 1, low=60).data.assign(wording=NEW)])
    found = drawn(replace(waves(3, 1), data=data), "en")
    assert [len(line) for line in lines_of(found, wave_lines.JOINED)] == [3, 3]
    assert lines_of(found, panel.START) == []


def test_the_claim_is_drawn_where_it_was_claimed() -> None:
    (claim,) = lines_of(drawn(waves(4, 1), "en"), wave_lines.CLAIM)
    assert claim[:, 1].tolist() == [90, 90]
    assert "claimed: more than 90%" in shown(example_drawn("awareness_waves", "en"))
    without_claim = replace(waves(4, 1), facts={})
    assert lines_of(drawn(without_claim, "en"), wave_lines.CLAIM) == []


def test_columns_of_events_are_as_high_as_their_months() -> None:
    figure = calendar(24)
    axes = plots(drawn(figure, "en"))[0]
    columns = [patch.get_path().vertices for patch in axes.patches if patch.get_facecolor()[3] == 1]
    heights: dict[float, float] = {}
    for box in columns:
        middle = round(float(box[:, 0].min() + box[:, 0].max()) / 2, 3)
        heights[middle] = heights.get(middle, 0) + float(np.ptp(box[:, 1]))
    events = figure.data[figure.data["group"].notna()].groupby("month")["n"].sum()
    assert list(map(round, (heights[at] for at in sorted(heights)))) == events.tolist()


def test_both_plots_of_the_calendar_have_the_same_months() -> None:
    upper, lower = plots(example_drawn("event_calendar", "en"))
    assert upper.get_xlim() == lower.get_xlim()
    assert upper.get_position().x0 == lower.get_position().x0 and upper.get_position().x1 == lower.get_position().x1


def test_beyond_the_observed_doses_the_curve_is_dashed_on_a_hatched_ground() -> None:
    found = example_drawn("dose_response", "en")
    (solid,) = (line for line in lines_of(found, dose_response.CURVE) if len(line) > 2)
    dashed = [line for line in lines_of(found, dose_response.BEYOND) if len(line) > 1]
    assert solid[:, 0].min() >= 0.02 and solid[:, 0].max() <= 0.6
    assert dashed[-1][0].tolist() == solid[-1].tolist() and dashed[-1][-1][0] == pytest.approx(0.9)
    hatched = [patch for patch in plots(found)[0].patches if patch.get_hatch()]
    ends = sorted((float(box.min()), float(box.max())) for box in (each.get_path().vertices[:, 0] for each in hatched))
    assert ends[0][1] == pytest.approx(0.02) and ends[1][0] == pytest.approx(0.6)


def test_the_area_of_a_mark_stands_for_the_respondents() -> None:
    figure = dose(2, profiles=False)
    data = figure.data.assign(n=[100.0 if part == "point" else NAN for part in figure.data["part"]])
    data.loc[data.index[-1], "n"] = 400.0
    marks = [
        line.get_markersize()
        for line in plots(drawn(replace(figure, data=data), "en"))[0].lines
        if line.get_marker() not in ("None", "", None)
    ]
    smallest, largest = dose_response.SMALLEST, dose_response.LARGEST
    assert marks == pytest.approx([smallest + (largest - smallest) / 2, largest])


def test_what_the_data_do_not_identify_is_said_and_what_agrees_is_thick() -> None:
    found = shown(example_drawn("dose_response", "en"))
    assert "Share left a period later: not identified" in found and "Saturation: not identified" in found
    found = example_drawn("dose_identified", "en")
    assert "Saturation: 0.07 to 0.94" in shown(found)
    (thick,) = lines_of(found, dose_response.POSSIBLE, 1)
    known = thick[np.isfinite(thick[:, 1])]
    reach = math.sqrt(3.84 / 40)  # the profile is 40 (x - 0.55)^2
    assert known[0][0] == pytest.approx(0.55 - reach, abs=0.01) and known[-1][0] == pytest.approx(
        0.55 + reach, abs=0.01
    )
    (thin,) = lines_of(found, dose_response.RULED_OUT, 1)
    assert np.nanmax(thin[:, 1]) > 3.84


def test_the_limits_of_the_saturation_have_no_place_on_its_axis() -> None:
    limits = pd.DataFrame({"part": "saturation", "x": [0.0, math.inf], "y": [9.0, 9.0]})
    figure = dose(identified=True)
    with_limits = replace(figure, data=pd.concat([figure.data, limits], ignore_index=True))
    assert geometry(drawn(with_limits, "en")) == geometry(drawn(figure, "en"))


def test_a_suggestion_outside_of_the_observed_doses_is_hatched_and_warned_of() -> None:
    found = example_drawn("allocation", "en")
    hatched = [patch for patch in plots(found)[0].patches if patch.get_hatch()]
    assert [float(patch.get_path().vertices[:, 1].mean() // 1) for patch in hatched] == [4]
    assert "Outside of the doses observed, the curve is a guess: the elderly." in shown(found)
    inside = replace(budget(), data=budget().data.assign(beyond=False))
    assert not [patch for patch in plots(drawn(inside, "en"))[0].patches if patch.get_hatch()]


def test_bars_are_as_long_as_the_money() -> None:
    figure = budget(3)
    found = plots(drawn(figure, "en"))[0].patches
    lengths = [float(np.ptp(patch.get_path().vertices[:, 0])) for patch in found]
    money = figure.data[["present", "suggested"]].to_numpy().ravel()
    assert lengths == pytest.approx([each for each in money if each > 0], rel=1e-4)


def test_bars_and_topics_differ_in_grey() -> None:
    assert abs(grey(allocation.PRESENT["facecolor"]) - grey(allocation.SUGGESTED["facecolor"])) > 0.3
    fills = [*event_calendar.FILLS[: event_calendar.MOST], event_calendar.OTHER]
    apart = [abs(grey(one) - grey(other)) for one, other in pairwise(fills)]
    assert min(apart[:-1]) > 0.3 and apart[-1] > 0.15


def test_merged_topics_are_named_and_other_is_not_merged_into_itself() -> None:
    assert any("enterprises and further events" in said for said in shown(example_drawn("event_calendar", "en")))
    data = calendar(6, 2, 0).data
    data["group"] = [
        TOPICS[0] if group == TOPICS[0] else Code("effect_group_channel", "other") for group in data["group"]
    ]
    found = shown(drawn(replace(calendar(), data=data), "en"))
    assert "other" in found and not any(said.startswith("Merged") for said in found)
