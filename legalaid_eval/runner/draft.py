"""The folder that reports are built in: hidden, beside the finished ones, gone when the run ends.

A run that was killed leaves its folder behind. The lock it held is free then, so the next run into the same place
takes the folder away and puts back an older report that was just being replaced.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from legalaid_eval.errors import UsageError

try:
    import fcntl
except ImportError:  # Windows, where nothing tells a killed run's folder from a running one's: they stay
    fcntl = None

PREFIX = ".building-"
LOCK = ".lock"
OLD = ".old"
ATTEMPTS = 20


@contextlib.contextmanager
def building(out: Path) -> Iterator[Path]:
    """A folder to build in, on the same disk as `out`; UsageError where `out` cannot be written to."""
    _sweep(out)
    try:
        scratch = tempfile.TemporaryDirectory(prefix=PREFIX, dir=out, ignore_cleanup_errors=True)
    except OSError as error:
        text = f"cannot be written to ({error.strerror}); name another folder with --out"
        raise UsageError(text, file=out) from None
    with scratch as name, open(Path(name, f"{LOCK}.new"), "wb") as lock:
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX)
            Path(lock.name).rename(Path(name, LOCK))  # named when it is held, so that no other run finds it free
        yield Path(name)


def _sweep(out: Path) -> None:
    for left in out.glob(f"{PREFIX}*") if fcntl else ():
        with contextlib.suppress(OSError), open(left / LOCK, "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: its run is alive
            for old in left.glob(f"*{OLD}"):
                if not (out / old.stem).exists():
                    old.rename(out / old.stem)
            shutil.rmtree(left, ignore_errors=True)


def put_in_place(draft: Path, target: Path) -> Path:
    """Swap the finished folder in; until then an older report stays as it was.

    Another run may be putting the same report there: the later one stays.
    """
    old = draft.with_name(f"{draft.name}{OLD}")
    for attempts_left in reversed(range(ATTEMPTS)):
        with contextlib.suppress(FileNotFoundError):
            target.rename(old)
        try:
            draft.rename(target)
            break
        except OSError:
            if not target.exists() and old.exists():
                old.rename(target)
            if not attempts_left:
                raise
        shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return target
