"""Every error a user can meet.

    LegalAidEvalError            exit 1   our own fault, unless a child says otherwise
    ├── UsageError               exit 2   a command was called in a way that cannot work
    ├── ParameterError           exit 2   a parameter file or parameters cell is wrong
    ├── DataError                exit 3   a data file was refused
    ├── ChapterFailed            exit 4   a chapter or report failed, the others are finished
    └── VerifyError              exit 5   a report folder is not what its manifest says

Each message says what was found, what was expected and what to do next. `faults` lists every single
fault with its file and line, so that all of them can be mended in one go.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it was found and what was expected."""

    message: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, f"line {self.line}" if self.line else None) if part)
        return f"{where}: {self.message}" if where else self.message


class LegalAidEvalError(Exception):
    """Base of all errors that are told to the user as a message, never as a traceback."""

    exit_code = 1

    def __init__(self, message: str, *, file: str | Path | None = None, line: int | None = None) -> None:
        self.faults: tuple[Fault, ...] = (Fault(message, shown_path(file), line),)
        super().__init__(str(self.faults[0]))

    @classmethod
    def of(cls, faults: Sequence[Fault]) -> "LegalAidEvalError":
        """One error that carries many faults, told in the order they stand in the files."""
        error = cls(faults[0].message)
        error.faults = tuple(faults)
        error.args = ("\n".join(str(fault) for fault in faults),)
        return error


class UsageError(LegalAidEvalError):
    exit_code = 2


class ParameterError(LegalAidEvalError):
    exit_code = 2


class DataError(LegalAidEvalError):
    exit_code = 3


class ChapterFailed(LegalAidEvalError):
    exit_code = 4


class VerifyError(LegalAidEvalError):
    exit_code = 5


def shown_path(path: str | Path | None) -> str | None:
    """A path as the user knows it: relative to the working folder where it lies inside."""
    if path is None:
        return None
    given = Path(path)
    if given.is_absolute() and given.is_relative_to(Path.cwd()):
        given = given.relative_to(Path.cwd())
    return given.as_posix()
