"""Broken parameter and data files, and what a user must be told about each."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from legalaid_eval import rules

PARAMS = "params/luqiao-2017.yaml"
FIGURES = "data/published/figures.csv"
CLAIMS = "data/published/claims.csv"
PLACES = "data/published/places.csv"
SOURCE_LIST = "data/published/sources.csv"
SOUND = {
    "source_id": "luqiao2017",
    "place": "Luqiao",
    "level": "district",
    "period_start": "2017-01-01",
    "period_end": "2017-12-31",
    "period_basis": "stated",
    "indicator": "cases_handled",
    "value": "12",
    "unit": "case",
    "qualifier": "exact",
    "group": "somebody",
    "locator": "L1",
    "note": "",
}
Change = Callable[[str], str | bytes]


@dataclass(frozen=True)
class Case:
    """A file, what is done to it, and what the message must say; `line` None means that no line can be named."""

    name: str
    file: str
    change: Change
    said: tuple[str, ...]
    line: int | str | None = "last"


def row(**changes: str) -> Change:
    """A further row of the figures file, sound but for `changes`; the fault is then in the last line."""

    def append(text: str) -> str:
        cells = io.StringIO()
        csv.writer(cells, lineterminator="\n").writerow((SOUND | changes).values())
        return text + cells.getvalue()

    return append


def added(tail: str) -> Change:
    return lambda text: text + tail


def swapped(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new, 1)


def instead(content: str | bytes) -> Change:
    return lambda _: content


def header_only(text: str) -> str:
    return text.splitlines()[0] + "\n"


def last_row_twice(text: str) -> str:
    return text + text.splitlines()[-1] + "\n"


PARAMETER_CASES = (
    Case("unknown key", PARAMS, added("perod_end: 2017-12-31\n"), ("'perod_end'", "did you mean 'period_end'")),
    Case("duplicate key", PARAMS, added("place: Changzhi\n"), ("'place'", "line 3", "keep one")),
    Case("not YAML", PARAMS, added("parts: [Luqiao\n"), ("not valid YAML",), None),
    Case("not a mapping", PARAMS, instead("- Luqiao\n- 2017\n"), ("no parameters", "place: Changzhi"), 1),
    Case("empty", PARAMS, instead(""), ("no parameters",), 1),
    Case("impossible day", PARAMS, swapped("2017-12-31", "2017-02-30"), ("2017-02-30", "2023-01-31"), 5),
    Case("spreadsheet day", PARAMS, swapped("2017-12-31", "2017/12/31"), ("2017/12/31", "2023-01-31"), 5),
    Case("period reversed", PARAMS, swapped("2017-12-31", "2016-12-31"), ("before it starts", "2016-12-31"), 5),
    Case("too early", PARAMS, swapped("2018-01-09", "2016-01-09"), ("data_as_of", "before the period"), 6),
    Case("missing key", PARAMS, swapped("place: Luqiao\n", ""), ("'place' is missing",), None),
    Case("text for a list", PARAMS, added("parts: Luqiao\n"), ("'Luqiao'", "a list")),
    Case("number out of range", PARAMS, added("conf_level: 95\n"), ("conf_level", "95", "less than 1")),
    Case("word for a number", PARAMS, added("seed: many\n"), ("seed", "'many'", "a whole number")),
    Case("not a number", PARAMS, added("conf_level: .nan\n"), ("conf_level", "nan")),
    Case("fraction of a person", PARAMS, added("assumed_n: [30, 0.5]\n"), ("entry 2", "0.5", "a whole number")),
    Case("unknown chapter", PARAMS, added("chapters: [sumary]\n"), ("'sumary'", "'summary'")),
    Case("a language twice", PARAMS, added("languages: [zh, zh]\n"), ("'zh' twice",)),
    Case("a way out of the folder", PARAMS, swapped(": luqiao-2017", ": ../../luqiao"), ("small letters",), 2),
    Case("no such data", PARAMS, added("figures_file: data/none.csv\n"), ("no file 'data/none.csv'",)),
    Case("folder for a file", PARAMS, added("claims_file: data\n"), ("no file 'data'",)),
    Case("misspelt place", PARAMS, swapped("place: Luqiao", "place: Luquiao"), ("did you mean 'Luqiao'",), None),
    Case("GBK", PARAMS, lambda text: text.replace("Luqiao", "路桥").encode("gbk"), ("UTF-8",), 1),
    Case("NUL byte", PARAMS, added("seed: 1\0\n"), ("#x0000",)),
    Case("python object", PARAMS, added("seed: !!python/name:os.system ''\n"), ("not valid YAML",)),
)

FIGURE_CASES = (
    Case("indicator without definition", FIGURES, row(indicator="cases_dreamt"), ("'cases_dreamt'", "no definition")),
    Case("negative count", FIGURES, row(value="-12"), ("-12", "zero or more")),
    Case("fraction of a case", FIGURES, row(value="12.5"), ("12.5", "whole number of case")),
    Case(
        "above 100 percent",
        FIGURES,
        row(indicator="satisfaction_rate", unit="percent", value="100.5"),
        ("100.5", "cannot exceed 100"),
    ),
    Case("unknown unit", FIGURES, row(unit="boxes"), ("unit", "'boxes'", "one of CNY")),
    Case("wrong unit", FIGURES, row(unit="CNY"), ("unit", "'CNY'", "case", "cases_handled")),
    Case("unknown qualifier", FIGURES, row(qualifier="roughly"), ("'roughly'", "at_least")),
    Case("unknown source", FIGURES, row(source_id="hearsay"), ("'hearsay'", "sources file")),
    Case("empty value", FIGURES, row(value=""), ("value", "the cell is empty")),
    Case("period reversed", FIGURES, row(period_end="2016-12-31"), ("before it starts", "swap")),
    Case("impossible day", FIGURES, row(period_end="2017-02-30"), ("2017-02-30", "2023-01-31")),
    Case("spreadsheet day", FIGURES, row(period_start="2017/1/5"), ("2017/1/5", "2023-01-31")),
    Case("week date", FIGURES, row(period_start="2017-W01-1"), ("2017-W01-1", "2023-01-31")),
    *(
        Case(f"value {value}", FIGURES, row(value=value), (value, "a plain number such as 1238"))
        for value in (
            "NaN",
            "Infinity",
            "1e400",
            "1E+30",
            "１２３８",
            "1,238",
            "1_238",
            "12%",
            "约12",
            "0x1F",
            "1" * 20,
        )
    ),
    Case("too many cells", FIGURES, added("luqiao2017,Luqiao,,,,,,,,,,,,,,,\n"), ("17 cells", "expected 13")),
    Case("unclosed quote", FIGURES, added('luqiao2017,"Luqiao\n'), ("check the quotes",)),
    Case("missing column", FIGURES, swapped(",note\n", "\n"), ("column 'note' is missing",), 1),
    Case("misspelt column", FIGURES, swapped("qualifier", "qualifer"), ("did you mean 'qualifier'",), 1),
    Case("duplicated column", FIGURES, swapped(",unit,", ",value,"), ("column 'value' stands 2 times",), 1),
    Case("header only", FIGURES, header_only, ("found a header but no row",), None),
    Case("empty file", FIGURES, instead(""), ("the file is empty",), None),
    Case("only commas", FIGURES, instead(",,,\n\n,,,\n"), ("the file is empty",), None),
    Case("identical rows", FIGURES, last_row_twice, ("the whole row repeats line",)),
    Case("GBK", FIGURES, lambda text: (text + "路桥区\n").encode("gbk", "replace"), ("UTF-8",), "any"),
    Case("UTF-16", FIGURES, lambda text: text.encode("utf-16"), ("UTF-8",), 1),
    Case("NUL byte", FIGURES, row(note="a\0b"), ("U+0000",)),
    Case("spreadsheet file", FIGURES, instead(b"PK\x03\x04" + bytes(range(256))), ("CSV",), "any"),
    Case("claim id twice", CLAIMS, last_row_twice, ("claim_id repeat line",)),
    Case("claim of no source", CLAIMS, lambda t: t.replace(",luqiao2017,", ",hearsay,", 1), ("'hearsay'",), "any"),
    Case("place twice", PLACES, last_row_twice, ("place repeat line",)),
    Case("unknown level", PLACES, added("Atlantis,大西洲,Atlantis,empire,,\n"), ("level", "'empire'", "county")),
    Case("source twice", SOURCE_LIST, last_row_twice, ("source_id repeat line",)),
    Case("definitions damaged", rules.INDICATORS_FILE, header_only, ("found a header but no row",), None),
)
