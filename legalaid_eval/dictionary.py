"""The data dictionary: `data/README.md`, made from the schemas so that the two cannot drift apart."""

from legalaid_eval.schemas import ALL, REGISTER, Field, TableSchema

HEAD = """\
# Data dictionary / 数据字典

This file is made from `legalaid_eval/schemas/` (`python -m legalaid_eval.dictionary > data/README.md`); a test keeps
the two equal. All files are UTF-8 CSV with a header line; an empty cell means *not stated*, never zero.

- `published/` holds facts that were published, each with its place in the source. Nothing in it is estimated, and no
  sentence is copied.
- `rules/` holds definitions: indicators, time limits, means-test rules and code lists.
- `sample/` holds the example results that the summary notebook shows.

For a place of your own, add rows to `published/figures.csv` and a source to `published/sources.csv`; keep the shipped
rows, they are what your figures are compared with.

- `group` is `all`, or a short code of the sub-group (`civil`, `criminal`, `visit`, `special_groups`, ...); two groups
  taken together are joined by `+`. For a completion rate it says what is completed: `consultations` or `cases`.
- A range ("1 to 2 days") is two rows, `at_least` 1 and `at_most` 2.
- A tariff before and after a change is two rows with their own windows.
"""


REGISTER_HEAD = """
# The register / 登记册

Tables of `legalaid-eval import`: CSV, XLSX or Parquet with these headers, in any order; columns that may be empty
may be absent. A store keeps each as Parquet files in a folder of its name. A value that cannot be (a year to come, a
decision before the application) is emptied and listed in the store's `issues.csv`, and so is every row that had to be
left out; what is merely doubtful is listed and kept. The content of a column marked *personal* is never quoted there.
"""


def dictionary() -> str:
    """The whole file as text."""
    published = "".join(_table(schema, ".csv") for schema in ALL)
    return HEAD + published + REGISTER_HEAD + "".join(_table(schema, " (register)") for schema in REGISTER)


def _table(schema: TableSchema, ending: str) -> str:
    unique = f" No two rows share {', '.join(f'`{name}`' for name in schema.unique)}." if schema.unique else ""
    lines = [f"\n## {schema.name}{ending}\n\n{schema.meaning[0].upper()}{schema.meaning[1:]}.{unique}\n\n"]
    lines += ["| column | meaning | kind | may be empty |\n", "|---|---|---|---|\n"]
    lines += [_field(field) for field in schema.fields]
    return "".join(lines)


def _field(field: Field) -> str:
    most = "" if field.most is None else f", ≤ {field.most:,.0f}"
    kinds = {
        "text": "text",
        "number": f"number ≥ 0{most}",
        "whole": f"whole number ≥ 0{most}",
        "day": "day (ISO)",
        "flag": "`true` or `false`",
        "codes": "codes joined by &#124;",
    }
    kind = kinds[field.kind]
    if field.codes:
        kind = f"{kind if field.kind == 'codes' else 'one of'}: {', '.join(f'`{code}`' for code in field.codes)}"
    kind += ", personal" if field.personal else ""
    return f"| `{field.name}` | {field.meaning} | {kind} | {'no' if field.required else 'yes'} |\n"


if __name__ == "__main__":
    print(dictionary(), end="")
