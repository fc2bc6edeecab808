"""Made-up register files for tests and studies."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from legalaid_eval.schemas import REGISTER_TABLES

Line = dict[str, str]
FIRST = date(2023, 1, 2)


def case_lines(count: int, *, start: int = 1, county: str = "demo-a") -> list[Line]:
    """Sound cases with running numbers from `start`."""
    return [_case(number, county) for number in range(start, start + count)]


def _case(number: int, county: str) -> Line:
    applied = FIRST + timedelta(days=number % 300)
    steps = ("applied_on", "accepted_on", "decided_on", "assigned_on", "closed_on", "archived_on")
    days = {name: (applied + timedelta(days=7 * at)).isoformat() for at, name in enumerate(steps)}
    rest = {
        "case_no": f"(2023)测9999法援民字第{number}号",
        "county": county,
        "case_type": ("civil", "criminal")[number % 2],
        "recipient_groups": ("", "woman", "elderly|woman")[number % 3],
        "channel": ("window", "miniprogram")[number % 2],
        "commitment": ("true", "false")[number % 2],
        "visits": str(number % 4),
        "decision": "granted",
        "status": "closed",
        "loss_claimed_cny": f"{1000 + number}.50",
        "loss_recovered_cny": f"{number % 900}",
        "subsidy_cny": "1800",
        "grade": ("excellent", "good", "qualified")[number % 3],
        "handler_id": f"h{number % 7}",
        "recipients": "1",
    }
    return dict.fromkeys(REGISTER_TABLES["cases"].columns, "") | days | rest


def callback_lines(cases: Sequence[Line]) -> list[Line]:
    """A call to every second case."""
    answers = ("satisfied", "basically_satisfied", "dissatisfied")
    return [
        {
            "case_no": case["case_no"],
            "called_on": "2023-12-30",
            "mode": "phone",
            "reached": "true",
            "answer_class": answers[at % 3],
        }
        for at, case in enumerate(cases[::2])
    ]


def write_csv(path: Path, lines: Iterable[Mapping[str, str]], columns: Sequence[str] | None = None) -> Path:
    """A CSV file with a header line."""
    lines = list(lines)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns or list(lines[0]), lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(lines)
    return path


def write_xlsx(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """A workbook; every sheet is a list of rows."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path
