"""Case numbers in one form: `(2023)测9999法援民字第3号`."""

import re
import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PLAIN = r"^\([0-9]{4}\)[^\s()（）0-9]*[0-9]*[^\s()（）0-9第]*第[1-9][0-9]*号$"
_BRACKETS = str.maketrans("〔〕【】[]{}〈〉《》", "()()()()()()")
_ZEROS = re.compile(r"第0+(?=[0-9])")


def canonical(text: str) -> str:
    """Half-width round brackets and digits, no spaces, no leading zeros in the running number."""
    half = unicodedata.normalize("NFKC", text).translate(_BRACKETS)
    return _ZEROS.sub("第", "".join(half.split()))


def canonical_column(numbers: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """A column in one form, and the places of those that were written otherwise."""
    other = np.flatnonzero(~np.asarray(pc.fill_null(pc.match_substring_regex(numbers, PLAIN), True)))
    if not len(other):
        return numbers, other
    before = numbers.take(pa.array(other)).to_pylist()
    after = [canonical(text) for text in before]
    whole = numbers.to_numpy(zero_copy_only=False)
    whole[other] = after
    changed = np.array([old != new for old, new in zip(before, after, strict=True)])
    return pa.array(whole, pa.string()), other[changed]
