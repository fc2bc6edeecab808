"""Keys that repeat, over all pieces and files of a table, in 20 bytes a row."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from legalaid_eval.schemas import TableSchema

_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(slots=True)
class Keys:
    """Remembers a 64-bit sum of every key with the sheet and row it first stood in.

    Sums are kept in sorted runs that are merged as they grow, so that a look-up stays a few binary searches.
    """

    schema: TableSchema
    _runs: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)

    def repeated(self, table: pa.Table, rows: np.ndarray, sheet: int) -> dict[int, tuple[int, int]]:
        """Rows of `table` (by place) whose key was seen before, with the sheet and row of the first; notes the rest."""
        sums = self._sums(table)
        order = np.argsort(sums, kind="stable")
        ordered = sums[order]
        again = np.r_[False, ordered[1:] == ordered[:-1]] if len(sums) else np.zeros(0, dtype=bool)
        found = {}
        starts = np.maximum.accumulate(np.where(again, 0, np.arange(len(sums)))) if len(sums) else order
        for at in np.flatnonzero(again):
            found[int(order[at])] = (sheet, int(rows[order[starts[at]]]))
        found |= self._seen(sums)
        new = ~again
        new[np.isin(order, np.fromiter(found, dtype=np.int64, count=len(found)))] = False
        self._add(ordered[new], np.full(int(new.sum()), sheet, dtype=np.int32), rows[order[new]])
        return found

    def _sums(self, table: pa.Table) -> np.ndarray:
        total = np.zeros(table.num_rows, dtype=np.uint64)
        for name in self.schema.unique:
            texts = pc.fill_null(table[name].cast(pa.string()), "")
            values = np.asarray(texts.to_numpy(zero_copy_only=False), dtype=object)
            total = total * _MIX + pd.util.hash_array(values, categorize=False)
        return total

    def _seen(self, sums: np.ndarray) -> dict[int, tuple[int, int]]:
        found: dict[int, tuple[int, int]] = {}
        for known, sheets, rows in self._runs:
            at = np.minimum(np.searchsorted(known, sums), len(known) - 1)
            for place in np.flatnonzero(known[at] == sums):
                found[int(place)] = (int(sheets[at[place]]), int(rows[at[place]]))
        return found

    def _add(self, *run: np.ndarray) -> None:
        if len(run[0]):
            self._runs.append(run)
        while len(self._runs) > 1 and len(self._runs[-2][0]) < 2 * len(self._runs[-1][0]):
            one, other = self._runs.pop(), self._runs.pop()
            joined = [np.concatenate(pair) for pair in zip(other, one, strict=True)]
            order = np.argsort(joined[0], kind="stable")
            self._runs.append(tuple(part[order] for part in joined))
