"""Opening a file of register tables by its kind."""

from pathlib import Path

from legalaid_eval.errors import DataError
from legalaid_eval.register.csv_files import open_csv
from legalaid_eval.register.parquet_files import open_parquet
from legalaid_eval.register.sheets import Sheet
from legalaid_eval.register.workbooks import open_workbook

OPENERS = {".csv": open_csv, ".xlsx": open_workbook, ".xlsm": open_workbook, ".parquet": open_parquet}


def open_sheets(path: Path, *, file: str, chunk_rows: int) -> list[Sheet]:
    """The tables in a file, their headers read; raises DataError if it cannot be opened."""
    opener = OPENERS.get(path.suffix.lower())
    if opener is None:
        raise DataError(f"found a file that ends in '{path.suffix}'; expected .csv, .xlsx or .parquet", file=path)
    try:
        return opener(path, file, chunk_rows)
    except OSError as error:
        why = error.strerror or "damaged"
        raise DataError(f"cannot be read ({why}); expected a CSV, XLSX or Parquet file", file=path) from None
