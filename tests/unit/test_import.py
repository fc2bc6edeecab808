"""Importing register files: what comes in, what is refused, and that it is all or nothing."""

import csv
import datetime as dt
import io
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from legalaid_eval import cli
from legalaid_eval.errors import DataError, UsageError
from legalaid_eval.register import csv_files
from legalaid_eval.register.importing import import_files
from legalaid_eval.register.store import ISSUE_COLUMNS, open_store
from legalaid_eval.register.text_stream import SoundText
from tests.register_files import callback_lines, case_lines, write_csv, write_xlsx


def read(store, table="cases"):
    with open_store(store) as opened:
        return opened.table(table).order_by("case_no").to_pyarrow().to_pylist()


def issues(store):
    with (store / "issues.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_xlsx_and_parquet_give_the_same_table(tmp_path):
    lines = case_lines(40)
    write_csv(tmp_path / "cases.csv", lines)
    typed = [list(lines[0])] + [[_typed(name, text) for name, text in line.items()] for line in lines]
    write_xlsx(tmp_path / "cases.xlsx", {"notes": [["anything"]], "cases": [[], *typed]})
    columns = {name: [row[at] for row in typed[1:]] for at, name in enumerate(typed[0])}
    pq.write_table(pa.table(columns), tmp_path / "cases.parquet")
    stores = []
    for name in ("cases.csv", "cases.xlsx", "cases.parquet"):
        stores.append(tmp_path / f"store-{name}")
        summary = import_files([tmp_path / name], stores[-1], chunk_rows=7)
        assert [(s.table, s.rows, s.errors) for s in summary] == [("cases", 40, 0)]
    assert read(stores[0]) == read(stores[1]) == read(stores[2])
    assert [i["rule"] for i in issues(stores[1])] == ["unknown_sheet"]


def _typed(name, text):
    if not text:
        return None
    if name.endswith("_on"):
        return dt.date.fromisoformat(text)
    if name in ("visits", "recipients"):
        return int(text)
    if name.endswith("_cny"):
        return float(text)
    return {"true": True, "false": False}.get(text, text)


def test_the_list_of_issues_has_its_columns_and_row_numbers(tmp_path):
    lines = case_lines(30)
    lines[3]["applied_on"] = "2032-01-01"
    lines[10]["case_type"] = "penal"
    lines[20]["case_no"] = lines[2]["case_no"]
    write_csv(tmp_path / "c.csv", lines)
    import_files([tmp_path / "c.csv"], tmp_path / "store", chunk_rows=8)
    found = issues(tmp_path / "store")
    assert tuple(found[0]) == ISSUE_COLUMNS
    assert [(i["row"], i["column"], i["rule"], i["severity"]) for i in found] == [
        ("5", "applied_on", "impossible_day", "error"),
        ("12", "case_type", "unknown_code", "error"),
        ("22", "case_no", "duplicate_key", "error"),
    ]
    assert "'2032-01-01'" in found[0]["problem"]
    assert "row 4" in found[2]["problem"]
    assert len(read(tmp_path / "store")) == 29


def test_rows_are_counted_past_blank_lines_broken_rows_and_line_breaks(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_files, "BLOCK_BYTES", 1 << 14)
    good = case_lines(400)
    columns = list(good[0])
    text = "\n\n" + ",".join(columns) + "\n"  # lines 1 and 2 blank, header 3
    wanted, row = [], 3
    for at, line in enumerate(good):
        row += 1
        cells = [line[name] for name in columns]
        if at % 50 == 7:
            text, row = text + "\n", row + 1
        if at % 50 == 11:
            text, row = text + "one,two\n", row + 1
            wanted.append((row - 1, "cell_count"))
        if at % 50 == 23:
            cells[columns.index("case_type")] = '"ci\nvil"'
            wanted.append((row, "control_character"))
        text += ",".join(cells) + "\n"
    (tmp_path / "c.csv").write_text(text, encoding="utf-8-sig")
    import_files([tmp_path / "c.csv"], tmp_path / "store")
    found = [(int(i["row"]), i["rule"]) for i in issues(tmp_path / "store")]
    assert found == wanted
    assert len(read(tmp_path / "store")) == 400


def test_bytes_that_are_no_text_are_told_with_their_row(tmp_path):
    write_csv(tmp_path / "c.csv", case_lines(20))
    lines = (tmp_path / "c.csv").read_bytes().split(b"\n")
    lines[3] = lines[3].replace(b"demo-a", "示范".encode("gbk"))
    lines[7] = b"short," + "示范".encode("gbk")
    (tmp_path / "c.csv").write_bytes(b"\n".join(lines))
    import_files([tmp_path / "c.csv"], tmp_path / "store")
    assert [(i["row"], i["rule"]) for i in issues(tmp_path / "store")] == [("4", "not_utf8"), ("8", "cell_count")]


def test_a_parquet_file_that_calls_text_what_is_none(tmp_path):
    lines = case_lines(9)
    lines[4]["county"] = "XXXX"
    pq.write_table(pa.table({name: [line[name] for line in lines] for name in lines[0]}), tmp_path / "c.parquet")
    damaged = (tmp_path / "c.parquet").read_bytes().replace(b"XXXX", b"\xca\xbe\xb7\xb6")
    (tmp_path / "c.parquet").write_bytes(damaged)
    import_files([tmp_path / "c.parquet"], tmp_path / "store")
    assert [(i["row"], i["column"], i["rule"]) for i in issues(tmp_path / "store")] == [("6", "county", "not_utf8")]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64])
def test_sound_text_keeps_characters_whole_and_lengths_equal(size):
    data = "测试（a）é😀".encode() + b"\xff\xe6\xb5" + b"z" + b"\xe6"
    stream, out = SoundText(io.BytesIO(data)), b""
    while read := stream.read(size):
        out += read
    assert len(out) == len(data)
    assert out.decode() == "测试（a）é😀\x1a\x1a\x1az\x1a"


def test_keys_repeat_across_files(tmp_path):
    write_csv(tmp_path / "a.csv", case_lines(20))
    write_csv(tmp_path / "b.csv", case_lines(20, start=16))
    summaries = import_files([tmp_path / "a.csv", tmp_path / "b.csv"], tmp_path / "store", chunk_rows=6)
    assert [s.rows for s in summaries] == [20, 15]
    found = issues(tmp_path / "store")
    assert [int(i["row"]) for i in found] == [2, 3, 4, 5, 6]
    assert "row 17 of " in found[0]["problem"] and "a.csv" in found[0]["problem"]


def test_a_second_import_replaces_its_tables_and_keeps_the_others(tmp_path):
    cases = case_lines(20)
    write_csv(tmp_path / "cases.csv", [cases[0] | {"case_type": "x"}, *cases[1:]])
    write_csv(tmp_path / "calls.csv", callback_lines(cases))
    import_files([tmp_path / "cases.csv", tmp_path / "calls.csv"], tmp_path / "store")
    write_csv(tmp_path / "calls.csv", callback_lines(cases)[:4])
    import_files([tmp_path / "calls.csv"], tmp_path / "store")
    assert len(read(tmp_path / "store")) == 20
    assert len(read(tmp_path / "store", "callbacks")) == 4
    assert [i["rule"] for i in issues(tmp_path / "store")] == ["unknown_code"]
    write_csv(tmp_path / "cases.csv", cases)
    import_files([tmp_path / "cases.csv"], tmp_path / "store")
    assert issues(tmp_path / "store") == []
    with open_store(tmp_path / "store") as opened:
        assert opened.meta.basis == "latest_event"
        assert opened.meta.data_as_of == dt.date(2023, 12, 30)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\n\n\n", "empty"),
        ("a.csv", b"name,age\nx,3\n", "no header"),
        ("a.csv", b"case_no,county\n", "header but no row"),
        ("a.csv", b"case_no,case_no,county,status\n1,2,3,open\n", "stands twice"),
        ("a.csv", b"case_no,county,case_type,status\n,x,civil,open\n", "case_no"),
        ("a.csv", "case_no,county\n1,2\n".encode("utf-16"), "UTF-8"),
        ("a.csv", b'case_no,county\n"1,2\n', "quotation mark"),
        ("a.xlsx", b"PK\x03\x04 no workbook", "not a readable XLSX"),
        ("a.parquet", b"PAR1 no table", "not a readable Parquet"),
        ("a.txt", b"case_no,county\n", "ends in '.txt'"),
    ],
)
def test_a_file_without_a_usable_row_is_refused_and_the_store_stays(tmp_path, name, content, said):
    write_csv(tmp_path / "good.csv", case_lines(5))
    import_files([tmp_path / "good.csv"], tmp_path / "store")
    before = sorted((p.name, p.read_bytes()) for p in (tmp_path / "store").rglob("*") if p.is_file())
    (tmp_path / name).write_bytes(content)
    write_csv(tmp_path / "other.csv", case_lines(9))
    with pytest.raises(DataError, match=said):
        import_files([tmp_path / "other.csv", tmp_path / name], tmp_path / "store")
    assert sorted((p.name, p.read_bytes()) for p in (tmp_path / "store").rglob("*") if p.is_file()) == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith((".store", "store."))] == []


def test_absent_and_unknown_columns_are_told_once(tmp_path):
    lines = [{"case_no": str(n), "county": "x", "status": "open", "phone": "123"} for n in range(5)]
    write_csv(tmp_path / "c.csv", lines)
    import_files([tmp_path / "c.csv"], tmp_path / "store")
    found = [(i["row"], i["column"], i["rule"]) for i in issues(tmp_path / "store")]
    assert found == [("0", "case_type", "absent_column"), ("0", "phone", "unknown_column")]


def test_case_numbers_of_another_form_are_told_once(tmp_path):
    lines = [line | {"case_no": line["case_no"].replace("(", "（").replace(")", "）")} for line in case_lines(9)]
    write_csv(tmp_path / "c.csv", lines)
    import_files([tmp_path / "c.csv"], tmp_path / "store")
    assert [(i["row"], i["rule"]) for i in issues(tmp_path / "store")] == [("0", "case_no_form")]
    assert {row["case_no"][0] + row["case_no_original"][0] for row in read(tmp_path / "store")} == {"(（"}


def test_the_commands(tmp_path, monkeypatch, capsys):
    write_csv(tmp_path / "c.csv", [case_lines(1)[0] | {"case_type": "x"}, *case_lines(5, start=2)])
    store = tmp_path / "store"

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["legalaid-eval", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr()

    code, said = run("import", tmp_path / "c.csv", "--to", store)
    assert code == 0
    assert "6 rows to cases, 1 errors" in said.out
    code, said = run("check", store)
    assert code == 0
    assert "cases: 6 rows" in said.out and "unknown_code, 1 times" in said.out
    assert run("import", tmp_path / "c.csv", "--to", store, "--as-of", "soon")[0] == 2
    assert run("import", tmp_path / "none.csv", "--to", store)[0] == 3
    assert run("check", tmp_path)[0] == 3
    part = next((store / "cases").glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-1] + b"2")
    assert run("check", store)[0] in (1, 3, 5)


def test_no_file_is_wrong_use(tmp_path):
    with pytest.raises(UsageError):
        import_files([], tmp_path / "store")
