"""Pictures of time limits and effects: bytes that never change, every word on the paper, no empty plot."""

import hashlib
import math
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawn
from matplotlib.text import Text

from legalaid_eval.content import Figure, Label
from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.report import figures, words
from legalaid_eval.report.drawing import lettering, panel, time_axis

LANGUAGES = ("zh", "en")
LONG = Label("示范市名称特别长的经济技术开发区法律援助中心", "Demo City Economic and Technological Development Zone")
PLACES = [Label(f"示范{n + 1}县", f"Demo County {n + 1}") for n in range(14)]
NAN = math.nan

pytestmark = pytest.mark.filterwarnings("error::UserWarning")  # such as a glyph that the font lacks


def months(count: int, first: str = "2021-01") -> list[str]:
    return [str(month) for month in pd.period_range(first, periods=count, freq="M")]


def survival(names: int = 3, groups: int = 2, long: bool = False) -> Figure:
    stages = [Label("申请至审查决定", "Application to decision"), Label("决定至指派", "Decision to assignment")]
    stages = [*stages, LONG if long else Label("指派至结案", "Assignment to the end"), PLACES[0]][:names]
    kinds = [LONG if long else Label("窗口", "At the window"), Label("网上", "Online"), Label("热线", "Hotline")]
    lines = []
    for place, stage in enumerate(stages):
        for number, group in enumerate(kinds[:groups]):
            for day in range(1, 31, 1):
                share = 100 * math.exp(-day / (4 + 3 * place + 3 * number))
                reach = (2 + number) * math.sqrt(share * (100 - share)) / 20
                listed = 12_000 * share / 100 if day in (1, 5, 10, 20, 30) else NAN
                lines.append((stage, group, day, share, max(share - reach, 0), min(share + reach, 100), listed))
    data = pd.DataFrame(lines, columns="stage group duration share_open ci_low ci_high at_risk".split())
    data["at_risk"] = data["at_risk"].round()
    limits = ((stages[0], 7, Label("法定 7 天", "legal limit: 7 days")),)
    facts = {"limits": limits, "unit": "working_day", "simulated": True}
    return Figure("stage_survival", "survival_curves", data, facts)


def compliance(names: int = 2, count: int = 36, base: float = 88.0, long: bool = False) -> Figure:
    clocks = [
        LONG if long else Label("审查决定（7日）", "Decision (7 days)"),
        Label("指派（3日）", "Assignment (3 days)"),
    ]
    clocks = [*clocks, PLACES[0], PLACES[1], PLACES[2]][:names]
    lines = []
    for place, clock in enumerate(clocks):
        for number, month in enumerate(months(count)):
            share = min(base + 4 * math.sin(number / 3 + place) + number / 6, 100)
            gap = number % 11 == 7
            bounds = (NAN,) * 3 if gap else (share, max(share - 4, 0), min(share + 4, 100))
            lines.append((month, *bounds, NAN if gap else 20.0 + number, clock))
    data = pd.DataFrame(lines, columns="month share ci_low ci_high n clock".split())
    marks = (
        (date(2022, 1, 1), Label("法律援助法施行", "Legal Aid Law in force")),
        ("2022-04", Label("承诺制", "Commitment instead of papers")),
    )
    return Figure("limit_compliance", "limit_compliance", data, {"marks": marks, "simulated": True})


def event_study(factor: float = 1.0, before: int = 3, after: int = 3) -> Figure:
    lines = []
    for number in range(-before, after):
        estimate = factor * (0.05 * math.sin(number) if number < 0 else -0.8 - 0.4 * number)
        reach = factor * (0.3 + 0.05 * abs(number))
        lines.append((number, number * 12, number * 12 + 11, number < 0, estimate, estimate - reach, estimate + reach))
    data = pd.DataFrame(lines, columns="term start last before estimate ci_low ci_high".split())
    facts = {"unit": "working_day", "lower_is_better": True, "simulated": True}
    return Figure("effect_event_study", "event_study", data, facts)


def places(count: int = 5, factor: float = 1.0, long: bool = False, length: int = 48) -> Figure:
    names = [LONG, *PLACES[1:]] if long else PLACES
    lines = []
    for place, name in enumerate(names[:count]):
        for number, month in enumerate(months(length)):
            treated = place % 3 < 2 and number >= length // 2 + place
            expected = factor * (6 + math.sin(number / 2 + place) + place / 8)
            seen = expected - factor * (1.5 if treated else 0.1 * math.cos(number))
            seen = NAN if number % 17 == 5 else seen
            bounds = (expected - 0.6 * factor, expected + 0.6 * factor)
            lines.append((name, month, seen, expected, treated, *bounds, 40 + place))
    columns = "place month observed counterfactual treated counterfactual_low counterfactual_high n".split()
    data = pd.DataFrame(lines, columns=columns)
    return Figure("effect_places", "small_multiples", data, {"unit": "working_day", "simulated": True})


def one_series(factor: float = 1.0, length: int = 48) -> Figure:
    lines = []
    for number, month in enumerate(months(length)):
        treated = number >= length // 2
        line = factor * (9 - number / 30)
        fitted = line - factor * 2 * treated
        seen = fitted + factor * 0.4 * math.sin(3 * number)
        reach = factor * (0.5 + number / 60)
        lines.append((month, NAN if number == 9 else seen, fitted, line, line - reach, line + reach))
    data = pd.DataFrame(lines, columns="month observed fitted counterfactual ci_low ci_high".split())
    facts = {"unit": "working_day", "start": months(length)[length // 2], "simulated": True}
    return Figure("effect_series", "interrupted_series", data, facts)


def by_group(factor: float = 1.0, long: bool = False) -> Figure:
    channel, kind = Label("申请渠道", "Channel"), Label("案件类型", "Case type")
    lines = [("overall", Label("全部案件", "All cases"), -1.2, 0.4, 12_345)]
    lines += [(channel, LONG if long else Label("窗口", "At the window"), -1.5, 0.5, 6_000)]
    lines += [(channel, Label("网上", "Online"), -0.6, 0.7, 900), (channel, Label("热线", "Hotline"), NAN, NAN, NAN)]
    lines += [(kind, Label("刑事", "Criminal"), 0.3, 0.6, 4_000), (kind, Label("民事", "Civil"), -1.6, 0.5, 8_000)]
    rows = [(k, g, factor * e, factor * (e - r), factor * (e + r), n) for k, g, e, r, n in lines]
    data = pd.DataFrame(rows, columns="kind group estimate ci_low ci_high n".split())
    return Figure("effect_by_group", "group_effects", data, {"unit": "working_day", "simulated": True})


EXAMPLES: dict[str, Callable[[], Figure]] = {
    "survival_curves": survival,
    "limit_compliance": compliance,
    "event_study": event_study,
    "small_multiples": places,
    "interrupted_series": one_series,
    "group_effects": by_group,
}
EXTREMES: dict[str, Callable[[], Figure]] = {
    "survival_one": lambda: survival(1, 1),
    "survival_long": lambda: survival(4, 3, long=True),
    "survival_suppressed": lambda: without(survival(2), ["share_open", "ci_low", "ci_high", "at_risk"], slice(0, 60)),
    "survival_no_band": lambda: without(survival(), ["ci_low", "ci_high"]),
    "compliance_one_month": lambda: compliance(1, 1),
    "compliance_low_four": lambda: compliance(4, 60, 5.0),
    "compliance_five_long": lambda: compliance(5, 10, long=True),
    "compliance_suppressed": lambda: without(compliance(2, 12), ["share", "ci_low", "ci_high", "n"], slice(0, 12)),
    "compliance_no_band": lambda: without(compliance(), ["ci_low", "ci_high"]),
    "event_tiny": lambda: event_study(2e-5),
    "event_large": lambda: event_study(-54321.0, 1, 1),
    "event_many": lambda: event_study(1, 12, 9),
    "event_only_after": lambda: event_study(1, 0, 2),
    "places_one": lambda: places(1, length=5),
    "places_twelve": lambda: places(12),
    "places_fourteen_tiny": lambda: places(14, 1e-5, long=True),
    "places_negative": lambda: places(3, -1234.5),
    "places_no_band": lambda: without(places(3), ["counterfactual_low", "counterfactual_high"]),
    "places_suppressed": lambda: without(places(2), ["observed", "counterfactual"], slice(48, 96)),
    "series_short": lambda: one_series(1, 4),
    "series_long": lambda: one_series(-1e-4, 180),
    "series_no_fit": lambda: without(one_series(), ["fitted", "counterfactual", "ci_low", "ci_high"]),
    "groups_long_tiny": lambda: by_group(3e-5, long=True),
    "groups_large": lambda: by_group(-123456.0),
    "groups_suppressed": lambda: without(by_group(), ["estimate", "ci_low", "ci_high"]),
    "event_gap": lambda: without(event_study(), ["estimate", "ci_low", "ci_high"], slice(1, 2)),
}
ALL = EXAMPLES | EXTREMES


def without(figure: Figure, columns: list[str], rows: slice = slice(None)) -> Figure:
    """The figure with values taken away."""
    data = figure.data.copy()
    data.loc[data.index[rows], columns] = NAN
    return replace(figure, data=data)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name, values in (("kind", EXAMPLES), ("example", ALL), ("language", LANGUAGES)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, list(values))


def drawn(figure: Figure, language: str) -> Drawn:
    with figures.style(figure.id):
        found = figures.KINDS[figure.kind](figure, lettering.Voice(figure.id, language))
        FigureCanvasAgg(found).draw()
        return found


@cache
def example_drawn(example: str, language: str) -> Drawn:
    return drawn(ALL[example](), language)


def texts(found: Drawn) -> list[Text]:
    return [text for text in found.findobj(Text) if text.get_visible() and text.get_text().strip()]


def shown(found: Drawn) -> list[str]:
    return [text.get_text() for text in texts(found)]


def test_every_picture_is_a_well_formed_svg_of_the_page_width(kind: str, language: str) -> None:
    root = ElementTree.fromstring(figures.draw(EXAMPLES[kind](), language))
    assert root.attrib["viewBox"].startswith("0 0 518.4 ")


def test_no_text_overlaps_another_or_leaves_the_paper(example: str, language: str) -> None:
    found = example_drawn(example, language)
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(found)]
    assert found.bbox.height / found.dpi < 10, "higher than a page"
    for said, box in boxes:
        assert found.bbox.x0 <= box.x0 and box.x1 <= found.bbox.x1, f"{said} leaves the paper at a side"
        assert found.bbox.y0 <= box.y0 and box.y1 <= found.bbox.y1, f"{said} leaves the paper above or below"
    for (one, a), (other, b) in combinations(boxes, 2):
        beside = a.x1 + 3 <= b.x0 or b.x1 + 3 <= a.x0  # words in one line that touch read as one
        assert beside or a.y1 <= b.y0 + 2 or b.y1 <= a.y0 + 2, f"'{one}' overlaps '{other}'"


def test_no_plot_is_empty(example: str, language: str) -> None:
    """Every plot with an axis holds a curve, an interval or a mark, or words in their place."""
    found = example_drawn(example, language)
    id_ = ALL[example]().id
    reason = words.lookup(f"figures.{id_}.suppressed", language) if words.has(f"figures.{id_}.suppressed", "en") else ""
    plots = [axes for axes in found.axes if axes.axison]
    bare = [axes for axes in plots if not any(map(_tells, axes.lines))]
    assert plots
    assert not bare or sum(reason == said for said in shown(found)) >= len(bare)


def _tells(line: matplotlib.lines.Line2D) -> bool:
    """A line or mark that is more than an upright or level rule."""
    ys = np.asarray(line.get_ydata(), dtype=float)
    finite = ys[np.isfinite(ys)]
    ruled = len(finite) == 2 and line.get_marker() == "None" and (line.get_color() == panel.START["color"])
    return len(finite) > 0 and not ruled


def test_simulated_data_are_marked_in_the_picture(kind: str, language: str) -> None:
    figure = EXAMPLES[kind]()
    mark = f"[{words.lookup('codes.evidence.simulated', language)}]"
    assert mark in shown(example_drawn(kind, language))
    assert mark not in shown(drawn(replace(figure, facts={**figure.facts, "simulated": False}), language))


def test_all_text_is_large_enough_to_read(kind: str, language: str) -> None:
    assert min(text.get_fontsize() for text in texts(example_drawn(kind, language))) >= 9


SCRIPT = """
import hashlib, importlib.util, sys
spec = importlib.util.spec_from_file_location("examples", sys.argv[1])
examples = importlib.util.module_from_spec(spec)
spec.loader.exec_module(examples)
for kind in reversed(examples.EXAMPLES):
    for language in ("en", "zh"):
        svg = examples.figures.draw(examples.EXAMPLES[kind](), language)
        print(kind, language, hashlib.sha256(svg.encode()).hexdigest())
"""


def test_the_bytes_do_not_depend_on_seed_folder_order_or_settings(tmp_path: Path, checkout: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("font.family: serif\nxtick.labelsize: 4\n")
    environment = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": str(checkout), "TZ": "Asia/Shanghai"}
    command = [sys.executable, "-c", SCRIPT, __file__]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    found = {tuple(line.split()) for line in done.stdout.splitlines()}
    own = ((kind, each, figures.draw(EXAMPLES[kind](), each)) for kind in EXAMPLES for each in LANGUAGES)
    assert found == {(kind, each, hashlib.sha256(svg.encode()).hexdigest()) for kind, each, svg in own}


NUMBERS = {
    "survival_curves": ("share_open", "ci_low", "ci_high"),
    "limit_compliance": ("share", "ci_low", "ci_high"),
    "event_study": ("estimate", "ci_low", "ci_high"),
    "small_multiples": ("observed", "counterfactual", "counterfactual_low"),
    "interrupted_series": ("observed", "fitted", "counterfactual", "ci_high"),
    "group_effects": ("estimate", "ci_low", "ci_high"),
}


def test_the_last_bits_of_a_number_do_not_show_but_a_changed_number_does(kind: str) -> None:
    figure = EXAMPLES[kind]()
    before = figures.draw(figure, "en")
    columns = list(NUMBERS[kind])
    noisy = figure.data.assign(**{column: figure.data[column] * (1 + 1e-13) for column in columns})
    assert figures.draw(replace(figure, data=noisy), "en") == before
    for column in columns:
        data = figure.data.copy()
        data.loc[data.index[-2], column] *= 0.98
        assert figures.draw(replace(figure, data=data), "en") != before, column


def test_a_caption_an_alternative_and_an_empty_sentence_stand_ready(kind: str, language: str) -> None:
    for part in ("caption", "alt", "empty"):
        assert words.has(f"figures.{EXAMPLES[kind]().id}.{part}", language)


def test_of_more_than_twelve_places_those_with_the_most_cases_are_drawn() -> None:
    found = shown(drawn(places(14), "en"))
    assert "The 12 places with the most cases are drawn, 2 more places are not." in found
    named = [said for said in found if said.startswith("Demo County")]
    assert len(named) == 12
    assert not {"Demo County 1", "Demo County 2"} & set(named)  # these have the fewest
    assert "Demo County 12 (comparison)" in named


def test_the_start_may_be_a_mark_of_each_month_or_one_month() -> None:
    figure = places(3, length=12)
    starts = figure.data[figure.data["treated"]].groupby("place", sort=False)["month"].min()
    data = figure.data.assign(treated_from=figure.data["place"].map(starts)).drop(columns="treated")
    assert figures.draw(replace(figure, data=data), "en") == figures.draw(figure, "en")


@pytest.mark.parametrize(
    ("unit", "lower", "expected"),
    [
        ("working_day", True, "shorter is better"),
        ("percentage_point", False, "higher is better"),
        ("percentage_point", True, "lower is better"),
    ],
)
def test_the_arrow_says_which_way_is_better(unit: str, lower: bool, expected: str) -> None:
    figure = event_study()
    found = shown(drawn(replace(figure, facts={"unit": unit, "lower_is_better": lower}), "en"))
    assert [said for said in found if said.endswith("is better")] == [expected]


def test_the_axis_of_shares_says_where_it_does_not_begin_at_zero() -> None:
    broken = "The axis begins at 80%, not at zero."
    assert broken in shown(drawn(compliance(1, 12), "en"))
    assert not any("begins" in said for said in shown(drawn(compliance(1, 12, 5.0), "en")))


def test_numbers_at_risk_stand_below_their_days() -> None:
    found = shown(drawn(survival(1, 1), "en"))
    assert {"9,346", "3,438", "985", "81", "7"} <= set(found)


@pytest.mark.parametrize(
    ("shown_months", "expected"),
    [
        (["2023-01", "2023-02", "2023-04"], [2, 1]),
        (["2022-10", "2023-01", "2023-07"], [2, 1]),  # quarters with one left out
        (["2022-01", "2022-07", "2023-01"], [3]),
        (["2023-01"], [1]),
    ],
)
def test_a_month_left_out_ends_a_run(shown_months: list[str], expected: list[int]) -> None:
    frame = pd.DataFrame({"at": [time_axis.position(month) for month in shown_months], "value": 1.0})
    assert [len(run) for run in time_axis.runs(frame, "value")] == expected


def test_days_stand_within_their_month() -> None:
    assert time_axis.position("2023-05") < time_axis.position(date(2023, 5, 16)) < time_axis.position("2023-06")
    assert time_axis.position(date(2023, 5, 16)) == time_axis.position("2023-05-16")


@pytest.mark.parametrize("month", ["May 2023", "2023-13", "", None, "2023"])
def test_what_is_no_month_is_named(month: object) -> None:
    with pytest.raises(LegalAidEvalError, match="found the month"):
        time_axis.position(month)


def test_the_labels_of_the_rows_do_not_matter(kind: str) -> None:
    figure = EXAMPLES[kind]()
    data = figure.data.set_axis(range(len(figure.data), 0, -1))
    assert figures.draw(replace(figure, data=data), "en") == figures.draw(figure, "en")


def test_one_row_is_enough(kind: str) -> None:
    figure = EXAMPLES[kind]()
    one = replace(figure, data=figure.data.iloc[[-1]])
    assert ElementTree.fromstring(figures.draw(one, "en")).tag.endswith("svg")
