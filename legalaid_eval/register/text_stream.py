"""A file's bytes as UTF-8 that is sound everywhere, so that no reader stumbles over it."""

import codecs
import io
from typing import BinaryIO

import numpy as np
import pyarrow as pa

MARK = "\x1a"
"""Stands, as the control character "substitute", for a byte that is not UTF-8."""
_REPLACE = "legalaid_eval_mark"


def _marked(error: UnicodeError) -> tuple[str, int]:
    return MARK * (error.end - error.start), error.end


codecs.register_error(_REPLACE, _marked)


class SoundText(io.RawIOBase):
    """Reads a binary file; every byte that is not UTF-8 comes as MARK, and the length stays the same."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while True:
            read = self._file.read(max(size - len(self._rest), 1) if size >= 0 else -1)
            data = self._rest + read
            cut = len(data) if not read else _whole(data)
            self._rest = data[cut:]
            if cut or not read:
                return _sound(data[:cut])

    def close(self) -> None:
        self._file.close()
        super().close()


def _whole(data: bytes) -> int:
    """Where to cut so that no character is cut: before a last character that has not all its bytes."""
    for back in range(1, min(4, len(data)) + 1):
        octet = data[-back]
        if octet >= 0xC0:
            needed = 2 + (octet >= 0xE0) + (octet >= 0xF0)
            return len(data) - back if needed > back else len(data)
        if octet < 0x80:
            break
    return len(data)


def _sound(data: bytes) -> bytes:
    offsets = pa.py_buffer(np.array([0, len(data)], dtype=np.int64))
    text = pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, pa.py_buffer(data)])
    try:
        text.cast(pa.large_string())
    except pa.ArrowInvalid:
        return data.decode("utf-8", errors=_REPLACE).encode("utf-8")
    return data
