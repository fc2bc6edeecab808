"""Pictures: the same bytes everywhere, a glyph for every character, nothing lost and nothing overlapping."""

import hashlib
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import matplotlib
import pandas as pd
import pylopdf_fonts_zh_cn as bundled
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.font_manager import findfont, fontManager
from matplotlib.text import Text

from legalaid_eval.content import Code, Figure, Label, Message, Quantity
from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.report import figures, words
from legalaid_eval.report.drawing import lettering, marks

LANGUAGES = ("zh", "en")
KINDS = ("rate_intervals", "implied_targets", "progress", "county_panel")
NORTH, SOUTH, EAST = Label("示范北区", "Demo North"), Label("示范南县", "Demo South"), Label("示范东县", "Demo East")
LONG = Label("示范市名称特别长的经济技术开发区", "Demo City Economic and Technological Development Zone")
NUMBERS = {
    "rate_intervals": ("printed", "low", "high"),
    "implied_targets": ("rounding_low", "rounding_high", "truncation_low", "truncation_high"),
    "progress": ("completion", "elapsed", "elapsed_low", "elapsed_high"),
    "county_panel": ("value",),
}

pytestmark = pytest.mark.filterwarnings("error::UserWarning")  # such as a glyph that the font lacks


def rates(place: Label = NORTH) -> Figure:
    hedged = _rate(place, Quantity(90.0, "percent", "at_least", 0), "awareness_rate")
    exact = _rate(SOUTH, Quantity(98.2, "percent", decimals=1), "satisfaction_rate", n_more=2)
    full = _rate(EAST, Quantity(100.0, "percent", "at_least", 0), "satisfaction_rate")
    lines = [(hedged, 90.0, low, 100.0, n, True) for n, low in ((30, 73.471155), (100, 82.563434), (500, 87.057809))]
    lines += [(exact, 98.2, 96.243129, 99.31234, 450, False), (full, 100.0, 99.1, 100.0, 1200, False)]
    return _figure("rate_intervals", "label printed low high n assumed", lines)


def _rate(place: Label, printed: Quantity, indicator: str, n_more: int = 0) -> Message:
    facts = {"place": place, "n_more": n_more, "indicator": Code("short_indicator", indicator), "printed": printed}
    return Message("figures.rate_intervals.row", facts)


def targets(place: Label = NORTH) -> Figure:
    lines = [
        (_target(place, 135.5), 54201, 39986, 40015, 39972, 40000, 40000.0),
        (_target(SOUTH, 104.0), 115, 111, 111, 110, 110, None),
        (_target(EAST, 100.7), 153, 152, 152, None, None, None),
        (_target(NORTH, 129.0), 2218, 1713, 1726, 1707, 1719, None),
    ]
    columns = "label count rounding_low rounding_high truncation_low truncation_high round_number"
    return _figure("implied_targets", columns, lines)


def _target(place: Label, printed: float) -> Message:
    facts = {"place": place, "group": Code("group", "consultations"), "printed": Quantity(printed, "percent")}
    return Message("figures.implied_targets.row", facts)


def progress(place: Label = NORTH) -> Figure:
    cases = Code("group", "cases")
    labels = [Message("figures.progress.row", {"place": each, "group": cases}) for each in (place, SOUTH, EAST)]
    lines = [
        (labels[0], 135.5, 89.041096, 80.547945, 97.534247, False),
        (labels[1], 100.0, 83.287671, 74.794521, 91.780822, True),
        (labels[2], 72.3, 89.041096, 89.041096, 89.041096, False),
    ]
    return _figure("progress", "label completion elapsed elapsed_low elapsed_high hedged", lines)


def panel(place: Label = NORTH) -> Figure:
    consultations, cases = Label("法律咨询量", "Consultations"), Code("metric", "cases")
    target = Label("任务完成率", "Target completion")
    lines = [
        (place, "consultations", consultations, 4613.0, Quantity(4613, "person_time"), False, "printed"),
        (SOUTH, "consultations", consultations, 4555.0, Quantity(4555, "item"), False, "other_unit"),
        (EAST, "consultations", consultations, 3000.0, Quantity(3000, "person_time", "more_than"), True, "printed"),
        (place, "cases_accepted", cases, None, None, False, "missing"),
        (SOUTH, "cases_accepted", cases, 100.0, Quantity(100, "case"), False, "other_window"),
        (EAST, "cases_accepted", cases, 193.0, Quantity(193, "case"), False, "printed"),
        (place, "target_completion_rate", target, 150.0, Quantity(150.0, "percent"), False, "printed"),
        (SOUTH, "target_completion_rate", target, None, None, False, "missing"),
        (EAST, "target_completion_rate", target, 100.0, Quantity(100.0, "percent", "more_than"), True, "printed"),
    ]
    return _figure("county_panel", "place indicator label value text hedged state", lines)


def _figure(name: str, columns: str, lines: list[tuple]) -> Figure:
    return Figure(name, name, pd.DataFrame(lines, columns=columns.split()))


EXAMPLES = dict(zip(KINDS, (rates, targets, progress, panel), strict=True))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name, values in (("kind", KINDS), ("language", LANGUAGES)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, values)


def texts(figure: Figure, language: str) -> list[Text]:
    """The drawn texts, placed."""
    with figures.style(figure.id):
        drawn = figures.KINDS[figure.kind](figure, lettering.Voice(figure.id, language))
        FigureCanvasAgg(drawn).draw()
        return [text for text in drawn.findobj(Text) if text.get_visible() and text.get_text()]


def shown(figure: Figure, language: str) -> list[str]:
    return [text.get_text() for text in texts(figure, language)]


def changed(figure: Figure, column: str, row: int, factor: float) -> Figure:
    data = figure.data.copy()
    data[column] = data[column].astype(float)
    data.loc[row, column] *= factor
    return replace(figure, data=data)


def test_every_kind_is_a_well_formed_svg_without_date(kind: str, language: str) -> None:
    svg = figures.draw(EXAMPLES[kind](), language)
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    assert re.fullmatch(r"0 0 518\.4 [\d.]+", root.attrib["viewBox"])
    assert "<dc:date>" not in svg
    assert "Matplotlib" not in svg


def test_the_bytes_do_not_depend_on_the_run(kind: str, language: str) -> None:
    first = figures.draw(EXAMPLES[kind](), language)
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "svg.fonttype": "none"}):
        assert figures.draw(EXAMPLES[kind](), language) == first


SCRIPT = """
import hashlib, importlib.util, sys
spec = importlib.util.spec_from_file_location("examples", sys.argv[1])
examples = importlib.util.module_from_spec(spec)
spec.loader.exec_module(examples)
for kind in reversed(examples.KINDS):
    for language in ("en", "zh"):
        svg = examples.figures.draw(examples.EXAMPLES[kind](), language)
        print(kind, language, hashlib.sha256(svg.encode()).hexdigest())
"""


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_the_bytes_do_not_depend_on_seed_folder_order_or_settings(seed: str, tmp_path: Path, checkout: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("font.family: serif\nxtick.labelsize: 4\n")
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(checkout), "TZ": "Asia/Shanghai"}
    command = [sys.executable, "-c", SCRIPT, __file__]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    found = {tuple(line.split()) for line in done.stdout.splitlines()}
    own = ((kind, each, figures.draw(EXAMPLES[kind](), each)) for kind in KINDS for each in LANGUAGES)
    assert found == {(kind, each, hashlib.sha256(svg.encode()).hexdigest()) for kind, each, svg in own}


def test_the_last_bits_of_a_number_do_not_show(kind: str, language: str) -> None:
    figure = EXAMPLES[kind]()
    noisy = figure
    for column in NUMBERS[kind]:
        for row in range(len(figure.data)):
            noisy = changed(noisy, column, row, 1 + 1e-13)
    assert figures.draw(noisy, language) == figures.draw(figure, language)


def test_a_changed_number_changes_the_picture(kind: str) -> None:
    figure = EXAMPLES[kind]()
    before = figures.draw(figure, "en")
    for column in NUMBERS[kind]:
        assert figures.draw(changed(figure, column, 0, 0.99), "en") != before, column


def test_one_row_is_enough(kind: str, language: str) -> None:
    figure = EXAMPLES[kind]()
    for row in range(len(figure.data)):
        one = replace(figure, data=figure.data.iloc[[row]])
        assert ElementTree.fromstring(figures.draw(one, language)).tag.endswith("svg")


@pytest.mark.parametrize("place", [NORTH, LONG], ids=["short", "long"])
def test_no_text_overlaps_another_or_leaves_the_paper(kind: str, language: str, place: Label) -> None:
    found = texts(EXAMPLES[kind](place), language)
    boxes = [(text.get_text(), text.get_window_extent()) for text in found]
    paper = found[0].get_figure(root=True).bbox
    for words_, box in boxes:
        assert paper.x0 <= box.x0 and box.x1 <= paper.x1, f"{words_} leaves the paper at a side"
        assert paper.y0 <= box.y0 and box.y1 <= paper.y1, f"{words_} leaves the paper above or below"
    for (one, a), (other, b) in combinations(boxes, 2):
        apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 + 2 or b.y1 <= a.y0 + 2
        assert apart, f"'{one}' overlaps '{other}'"


def test_all_text_is_large_enough_to_read(kind: str, language: str) -> None:
    assert min(text.get_fontsize() for text in texts(EXAMPLES[kind](), language)) >= 9


def test_a_page_grows_with_its_rows(kind: str) -> None:
    figure = EXAMPLES[kind]()
    one = replace(figure, data=figure.data.iloc[[0]])
    assert _height(figures.draw(one, "zh")) < _height(figures.draw(figure, "zh"))


def _height(svg: str) -> float:
    return float(ElementTree.fromstring(svg).attrib["viewBox"].split()[3])


def test_chinese_words_are_drawn_from_the_bundled_font(kind: str) -> None:
    used = {character for text in shown(EXAMPLES[kind](), "zh") for character in text if character > "\u2e7f"}
    svg = figures.draw(EXAMPLES[kind](), "zh")
    assert used
    assert len(re.findall(r"<path id=\"[^\"]+\"[^>]* d=\"", svg)) >= len(used)
    with figures.style(kind):
        assert findfont(lettering.FAMILY, fallback_to_default=False) == str(bundled.sans_path())


def test_a_font_of_the_same_name_on_the_computer_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    before = figures.draw(rates(), "zh")
    dejavu = next(each for each in fontManager.ttflist if each.name == "DejaVu Sans")
    monkeypatch.setattr(fontManager, "ttflist", [replace(dejavu, name="Noto Sans SC"), *fontManager.ttflist])
    assert figures.draw(rates(), "zh") == before


def test_an_unknown_kind_is_named_with_the_known_ones() -> None:
    with pytest.raises(LegalAidEvalError, match="unknown kind 'pie'; expected one of rate_intervals"):
        figures.draw(Figure("slices", "pie", pd.DataFrame({"value": [1]})), "en")


def test_a_figure_without_rows_is_refused(kind: str) -> None:
    figure = EXAMPLES[kind]()
    with pytest.raises(LegalAidEvalError, match=rf"no rows to draw; show the sentence 'figures\.{kind}\.empty'"):
        figures.draw(replace(figure, data=figure.data.iloc[:0]), "en")


def test_a_rate_stands_once_above_all_its_sample_sizes(language: str) -> None:
    found = shown(rates(), language)
    heading = lettering.Voice("rate_intervals", language).text(rates().data["label"][0])
    assert found.count(heading) == 1
    for n in (30, 100, 500):
        assert words.sentence(Message("figures.rate_intervals.n_assumed", {"n": n}), language) in found
    assert words.sentence(Message("figures.rate_intervals.n_published", {"n": 450}), language) in found
    assert "73.5% to 100.0%" in found or language == "zh"


def test_whole_numbers_stand_at_both_ends_and_a_missing_interval_is_a_dash() -> None:
    found = shown(targets(), "en")
    assert {"39,986", "40,015", "39,972", "1,713", "1,726", "1,707", "1,719"} <= set(found)
    assert found.count("40,000") == 2  # the end of a bar and the round number
    assert found.count("111") == found.count("110") == 1  # one whole number, one text
    assert found.count(words.lookup("formats.missing", "en")) == 1


def test_numbers_of_more_than_six_digits_keep_all_of_them() -> None:
    line = (_target(NORTH, 99.99), 12345678, 12346295, 12347530, 12345679, 12346912, None)
    columns = list(targets().data.columns)
    found = shown(Figure("implied_targets", "implied_targets", pd.DataFrame([line], columns=columns)), "en")
    assert {"12,346,295", "12,347,530", "12,345,679", "12,346,912"} <= set(found)


def test_every_part_has_a_row_in_every_column(language: str) -> None:
    found = shown(panel(), language)
    for place in (NORTH, SOUTH, EAST):
        assert found.count(getattr(place, language)) == 1
    assert found.count(words.lookup("figures.county_panel.missing", language)) == 2
    for state in ("other_unit", "other_window"):
        text = words.lookup(f"figures.county_panel.{state}", language)
        assert sum(text in each for each in found) == 2, "in the legend and beside its value"


def test_a_part_that_the_data_leave_out_is_shown_as_missing() -> None:
    data = panel().data.drop(index=3)
    assert shown(replace(panel(), data=data), "en").count("not published") == 2


def test_an_indicator_that_no_part_prints_keeps_its_column() -> None:
    data = panel().data.copy()
    data.loc[3:5, "state"] = "missing"
    assert shown(replace(panel(), data=data), "en").count("not published") == 4


def test_a_usual_unit_stands_in_the_heading_and_another_beside_its_value() -> None:
    found = shown(panel(), "en")
    assert {"person-times", "4,613", "4,555 items"} <= set(found)
    assert "cases" not in found  # the heading already says Cases


def test_only_the_marks_that_occur_are_explained() -> None:
    plain = panel().data.iloc[[0]]
    found = shown(replace(panel(), data=plain), "en")
    assert "as printed" in found
    assert not {"other unit", "other window", "lower bound"} & set(found)


@pytest.mark.parametrize("text", ["Shangdang District, consultations (110.7%)", "示范上党区法律咨询（110.7%），已公布"])
def test_wrapping_keeps_every_character_and_the_limit(text: str) -> None:
    lines = lettering.wrap(text, 1.4)
    assert len(lines) > 1
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert lettering.widest(lines) <= 1.4
    assert not any(line[0] in "，。：；、）" for line in lines)


@pytest.mark.parametrize(
    ("value", "expected"), [(0, 1), (4613, 5000), (100, 100), (100.5, 120), (9.99999, 10), (0.031, 0.04)]
)
def test_an_axis_ends_at_a_plain_number(value: float, expected: float) -> None:
    assert marks.nice_top(value) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(70, 100, [70, 75, 80, 85, 90, 95, 100]), (-0.7, 0.7, [-0.5, 0, 0.5]), (95, 100, [95, 96, 97, 98, 99, 100])],
)
def test_ticks_are_plain_numbers_inside_the_axis(low: float, high: float, expected: list[float]) -> None:
    assert marks.ticks(low, high) == expected
