"""Replacing a store whole: whoever opens it finds the old store or the new one, whatever happened to the writer.

The new store is built beside the old one and takes its place by one exchange of names where the system has that
(Linux, macOS). Elsewhere it takes two renames; a note beside the store says how to finish, should the writer
be killed between them.
"""

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from legalaid_eval.errors import UsageError

try:
    import fcntl
except ImportError:  # Windows: nothing keeps two writers apart there
    fcntl = None

_AT_FDCWD, _EXCHANGE = -100, 2


def partial_of(store: Path) -> Path:
    """The folder a new store is built in."""
    return store.with_name(f"{store.name}.partial-{os.getpid()}")


def _note_of(store: Path) -> Path:
    return store.with_name(f".{store.name}.swap")


@contextmanager
def writing(store: Path) -> Iterator[None]:
    """Only one writer per store; what a killed one left is finished or removed first."""
    store.parent.mkdir(parents=True, exist_ok=True)
    path = store.with_name(f".{store.name}.lock")
    lock = _locked(path)
    try:
        recover(store)
        for left in store.parent.glob(f"{store.name}.partial-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(lock)


def _locked(path: Path) -> int:
    while True:
        lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise UsageError("another command is writing this store; wait until it has ended", file=path) from None
        if not fcntl or (path.exists() and os.fstat(lock).st_ino == path.stat().st_ino):
            return lock
        os.close(lock)  # its former holder removed it between our opening and our locking


def replace_store(partial: Path, store: Path) -> None:
    """`partial` becomes `store`; the former store is removed."""
    _sync(partial)
    if not store.exists():
        partial.rename(store)
    elif _exchanged(partial, store):
        shutil.rmtree(partial)
    else:
        _replace_in_two_steps(partial, store)
    _sync(store.parent)


def _replace_in_two_steps(partial: Path, store: Path) -> None:
    former, note = partial.with_name(f"{partial.name}-former"), _note_of(store)
    beside = note.with_name(f"{note.name}.part")
    beside.write_text(f"{partial.name}\n{former.name}\n", encoding="utf-8")
    beside.replace(note)
    store.rename(former)
    partial.rename(store)
    note.unlink()
    shutil.rmtree(former)


def recover(store: Path) -> None:
    """Finish a replacement that was cut off between its two renames."""
    note = _note_of(store)
    if not note.is_file():
        return
    partial, former = (store.with_name(name) for name in note.read_text(encoding="utf-8").split("\n")[:2])
    if not store.exists() and partial.exists():
        partial.rename(store)
    note.unlink(missing_ok=True)
    shutil.rmtree(former, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the two folders have swapped their names in one step; False where that cannot be done."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            failed = libc.renamex_np(os.fsencode(one), os.fsencode(other), _EXCHANGE)
        else:
            failed = libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE)
    except (AttributeError, OSError, TypeError):
        return False
    if failed and ctypes.get_errno() not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))
    return not failed


def _sync(path: Path) -> None:
    """Have the system write what lies in the folder, so that not even a power cut leaves half a store."""
    if os.name == "nt":
        return
    inside = [found for found in path.rglob("*") if found.is_dir()] if path.name.count(".partial-") else []
    for folder in (path, *inside):
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
