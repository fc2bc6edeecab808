"""The register's tables: one definition for reading, checking and the dictionary."""

import csv
import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from legalaid_eval import project
from legalaid_eval.register.case_numbers import canonical, canonical_column
from legalaid_eval.register.validation import RULES, check_chunk
from legalaid_eval.schemas import EVENT_TABLES, REGISTER, REGISTER_TABLES, register_codes

CASES = REGISTER_TABLES["cases"]
DESIGN_COLUMNS = (
    "case_no case_no_original county town case_type service_form proceeding_stage matter source recipient_groups "
    "channel means_test exemption_rule commitment papers_completed_on priority routine aid_first visits notice_on "
    "applied_on accepted_on supplement_days decided_on decision assigned_on closed_on terminated_on archived_on "
    "status loss_claimed_cny loss_awarded_cny loss_recovered_cny subsidy_cny grade handler_id recipients"
).split()


def rows(**columns: list[str | None]) -> pa.Table:
    length = max(map(len, columns.values()))
    sound = {"case_no": [f"(2023)测9999法援民字第{n}号" for n in range(1, length + 1)]}
    for name, value in (("county", "demo"), ("case_type", "civil"), ("status", "open")):
        sound[name] = [value] * length
    return pa.table({name: pa.array(values, pa.string()) for name, values in (sound | columns).items()})


def found(issues: pa.Table) -> list[tuple[int, str, str]]:
    return [(issue["row"], issue["column"], issue["rule"]) for issue in issues.to_pylist()]


def test_the_cases_have_the_columns_others_rely_on():
    assert list(CASES.columns) == DESIGN_COLUMNS


@pytest.mark.parametrize("schema", REGISTER, ids=lambda s: s.name)
def test_every_table_has_a_key_of_its_own_columns(schema):
    assert schema.unique
    assert set(schema.unique) <= set(schema.columns)
    assert len(set(schema.columns)) == len(schema.columns)


def test_event_tables_exist():
    assert set(EVENT_TABLES) <= set(REGISTER_TABLES)


def test_codes_are_those_of_the_rules():
    with project.resolve("data/rules/code_lists.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    for name, known in register_codes.LISTS.items():
        assert {line["code"] for line in lines if line["list"] == name} == set(known), name


def test_pandera_and_the_fast_check_agree_on_typed_values():
    schema = REGISTER_TABLES["peer_reviews"]
    frame = pd.DataFrame(
        {
            "case_no": ["a"],
            "reviewed_on": [dt.date(2023, 1, 1)],
            "reviewer_id": ["r"],
            "panel": [None],
            "grade": ["good"],
            "score": [90.0],
        }
    )
    schema.pandera().validate(frame, lazy=True)
    import pandera.errors

    for column, bad in (("grade", "splendid"), ("score", 101.0), ("score", -1.0)):
        with pytest.raises(pandera.errors.SchemaErrors):
            schema.pandera().validate(frame.assign(**{column: [bad]}), lazy=True)
        texts = pa.table({c: pa.array([str(v)]) for c, v in frame.iloc[0].dropna().items()} | {column: [str(bad)]})
        assert [issue[1] for issue in found(check_chunk(texts, schema, 2).issues)] == [column]


def test_all_faults_come_at_once_with_row_column_found_and_expected():
    checked = check_chunk(
        rows(
            case_type=["penal", "civil", "civil", ""],
            applied_on=["2023-02-30", "2023-05-02", "2032-01-01", "2023-01-01"],
            decided_on=[None, "2023-05-01", None, None],
            subsidy_cny=["1e5", "-3", "12.50", "1,000"],
            visits=["1.5", "2", "3.0", "-0"],
            commitment=["yes", "TRUE", "false", None],
            recipient_groups=["woman|elderly", "woman|man", "elderly", None],
        ),
        CASES,
        2,
    )
    assert sorted(found(checked.issues)) == sorted(
        [
            (2, "case_type", "unknown_code"),
            (2, "applied_on", "not_a_day"),
            (2, "subsidy_cny", "not_a_number"),
            (2, "visits", "not_a_number"),
            (2, "commitment", "not_a_flag"),
            (3, "decided_on", "before_application"),
            (3, "subsidy_cny", "out_of_range"),
            (3, "recipient_groups", "unknown_code"),
            (4, "applied_on", "impossible_day"),
            (5, "case_type", "empty"),
            (5, "subsidy_cny", "not_a_number"),
            (5, "visits", "out_of_range"),
        ]
    )
    assert {rule for *_, rule in found(checked.issues)} <= set(RULES)
    told = {(i["row"], i["column"]): i for i in checked.issues.to_pylist()}
    assert "2032-01-01" in told[4, "applied_on"]["problem"]
    assert "found 'penal', expected one of civil, criminal" in told[2, "case_type"]["problem"]
    assert "'2023-05-01'" in told[3, "decided_on"]["problem"]
    assert checked.table["decided_on"].null_count == 4
    assert checked.table["recipient_groups"].to_pylist() == ["elderly|woman", None, "elderly", None]
    assert checked.table["visits"].to_pylist() == [None, 2, 3, None]


def test_days_after_the_stated_end_of_the_data_cannot_be():
    checked = check_chunk(rows(applied_on=["2023-12-31", "2024-01-01"]), CASES, 2, data_as_of=dt.date(2023, 12, 31))
    assert found(checked.issues) == [(3, "applied_on", "impossible_day")]
    assert checked.table["applied_on"].to_pylist() == [dt.date(2023, 12, 31), None]


def test_a_personal_column_is_never_quoted():
    texts = pa.table({"case_no": ["1"], "county": ["x"], "status": ["open"], "case_type": ["13812345678 Zhang"]})
    texts = texts.append_column("handler_id", pa.array(["Zhang\nSan"]))
    problems = " ".join(check_chunk(texts, CASES, 2).issues["problem"].to_pylist())
    assert "San" not in problems
    assert "13812345678" not in problems


def test_a_row_without_its_key_is_left_out_and_blank_rows_pass_in_silence():
    checked = check_chunk(
        rows(
            case_no=["a", None, " "], county=["x", "y", " "], case_type=["civil"] * 2 + [""], status=["open"] * 2 + [""]
        ),
        CASES,
        np.array([5, 7, 9]),
    )
    assert found(checked.issues) == [(7, "case_no", "no_key")]
    assert checked.rows.tolist() == [5]


def test_bytes_that_are_no_text_are_named_by_row():
    texts = rows(county=["x", "y"]).set_column(1, "county", pa.array([b"x", "测".encode("gbk")], pa.binary()))
    assert found(check_chunk(texts, CASES, 2).issues) == [(3, "county", "not_utf8")]


def test_doubts_are_kept():
    checked = check_chunk(
        rows(
            status=["closed", "open", "open"],
            closed_on=[None, "2023-03-01", None],
            assigned_on=[None, "2023-03-05", None],
            loss_claimed_cny=[None, None, "5"],
            loss_recovered_cny=[None, None, "6"],
        ),
        CASES,
        2,
    )
    assert {(row, rule) for row, _, rule in found(checked.issues)} == {
        (2, "status_and_days"),
        (3, "status_and_days"),
        (3, "stage_order"),
        (4, "money_order"),
    }
    assert set(checked.issues["severity"].to_pylist()) == {"doubt"}
    assert checked.table["closed_on"].null_count == 2


@pytest.mark.parametrize(
    "written",
    [
        "（2023）测9999法援民字第3号",
        "(2023) 测9999法援民字第 003 号",
        "〔２０２３〕测9999法援民字第0003号",
        "[2023]测9999法援民字第3号",
    ],
)
def test_case_numbers_have_one_form(written):
    assert canonical(written) == "(2023)测9999法援民字第3号"
    column, changed = canonical_column(pa.array([written, None, "(2023)测9999法援民字第3号"]))
    assert column.to_pylist() == ["(2023)测9999法援民字第3号", None, "(2023)测9999法援民字第3号"]
    assert changed.tolist() == [0]


def test_the_number_as_it_came_is_kept():
    checked = check_chunk(rows(case_no=["（2023）测9999法援民字第3号"]), CASES, 2)
    assert checked.table["case_no_original"].to_pylist() == ["（2023）测9999法援民字第3号"]
    assert checked.rewritten == 1
