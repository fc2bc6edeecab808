"""The data dictionary: `data/README.md`, made from the schemas so that the two cannot drift apart."""

from legalaid_eval.schemas import ALL, Field, TableSchema

HEAD = """\
# Data dictionary / 数据字典

This file is made from `legalaid_eval/schemas.py` (`python -m legalaid_eval.dictionary > data/README.md`); a test keeps
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


def dictionary() -> str:
    """The whole file as text."""
    return HEAD + "".join(_table(schema) for schema in ALL)


def _table(schema: TableSchema) -> str:
    unique = f" No two rows share {', '.join(f'`{name}`' for name in schema.unique)}." if schema.unique else ""
    lines = [f"\n## {schema.name}.csv\n\n{schema.meaning[0].upper()}{schema.meaning[1:]}.{unique}\n\n"]
    lines += ["| column | meaning | kind | may be empty |\n", "|---|---|---|---|\n"]
    lines += [_field(field) for field in schema.fields]
    return "".join(lines)


def _field(field: Field) -> str:
    kinds = {"text": "text", "number": "number ≥ 0", "day": "day (ISO)", "codes": "codes joined by &#124;"}
    kind = kinds[field.kind]
    if field.codes:
        kind = f"{kind if field.kind == 'codes' else 'one of'}: {', '.join(f'`{code}`' for code in field.codes)}"
    return f"| `{field.name}` | {field.meaning} | {kind} | {'no' if field.required else 'yes'} |\n"


if __name__ == "__main__":
    print(dictionary(), end="")
