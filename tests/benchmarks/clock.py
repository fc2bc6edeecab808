"""Time of child processes: by the clock on the wall, and of the processor."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds on the wall and seconds of processor time, kernels included."""

    wall: float = 0.0
    processor: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.wall + other.wall, self.processor + other.processor)


def run(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> tuple[Spent, str]:
    """Run a command to its end; gives its time and its output. A failing command stops the benchmark."""
    started, before = time.perf_counter(), os.times()
    ended = subprocess.run(command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False)
    wall, after = time.perf_counter() - started, os.times()
    if ended.returncode:
        raise RuntimeError(f"{' '.join(map(str, command[:4]))} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Spent(wall, used), ended.stdout
