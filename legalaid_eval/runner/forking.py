"""The launcher's end of warm kernels: asks a template process for forks and follows what becomes of them.

A template serves as long as the environment and the package's code are those that it imported with; then the next
launch gets a new one, and the old one ends with its last kernel. All end with the launcher.
"""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import legalaid_eval
from legalaid_eval.runner.template import FORK, NUMBER, RETIRE

# Differ from launch to launch without meaning to a template, which only imports.
VOLATILE_PREFIXES = ("JPY_", "JUPYTER_", "LEGALAID_EVAL_", "PAPERMILL_", "PYTEST_")
VOLATILE_NAMES = frozenset({"PWD", "OLDPWD", "SHLVL", "_", "COLUMNS", "LINES", "PYTHONEXECUTABLE"})


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """One kernel to fork: arguments after the launcher module, folder, environment, output descriptors."""

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    stdout: int | None
    stderr: int | None


class ForkedKernel:
    """What jupyter_client asks of a `Popen`, for a process that is the template's child and not ours."""

    stdin = stdout = stderr = None

    def __init__(self, report: Any) -> None:
        number = report.read(NUMBER.size)
        if len(number) < NUMBER.size:
            raise ConnectionError("the process that kernels are forked from has ended")
        (self.pid,) = NUMBER.unpack(number)
        if self.pid < 0:
            raise OSError(-self.pid, os.strerror(-self.pid))
        self.returncode: int | None = None
        self._report = report
        os.set_blocking(report.fileno(), False)

    def poll(self) -> int | None:
        """The exit code, or None while the kernel lives."""
        if self.returncode is None:
            number = self._report.read(NUMBER.size)
            if number is not None:
                # A pipe closed without a number: the template was killed, and kernels do not outlive it.
                self.returncode = NUMBER.unpack(number)[0] if number else -signal.SIGKILL
                self._report.close()
        return self.returncode

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.02)
        return self.returncode

    def send_signal(self, signum: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class TemplateHandle:
    """The launcher's end of a template process. Its kernels live as long as `control` stays open."""

    def __init__(self, key: object, env: Mapping[str, str]) -> None:
        self.key = key
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _template_code(theirs.fileno())],
                env={name: value for name, value in env.items() if name != "JPY_PARENT_PID"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def fork(self, order: LaunchOrder) -> ForkedKernel:
        """Fork one kernel; waits for the template's imports if they are not done. Raises ConnectionError."""
        told = {"argv": order.argv, "cwd": order.cwd, "env": dict(order.env)}
        report, theirs = os.pipe()
        source = open(report, "rb", buffering=0)  # noqa: SIM115 - the kernel object keeps it
        try:
            with tempfile.TemporaryFile("w+", encoding="utf-8") as paper, open(os.devnull, "r+b") as nothing:
                json.dump(told, paper)
                paper.flush()
                outputs = [nothing.fileno() if file is None else file for file in (order.stdout, order.stderr)]
                socket.send_fds(self.control, [FORK], [paper.fileno(), nothing.fileno(), *outputs, theirs])
        finally:
            os.close(theirs)  # only the template may hold it, or its end would go unseen
        return ForkedKernel(source)

    def retire(self) -> None:
        """Let the template end with its last kernel."""
        with contextlib.suppress(OSError):
            self.control.send(RETIRE)

    def close(self) -> None:
        """End the template and its kernels."""
        self.control.close()
        self.process.wait()


def _template_code(control: int) -> str:
    """Python that runs a template from wherever this package is, with no folder of the caller's on its path."""
    home = str(Path(legalaid_eval.__file__).resolve().parents[1])
    return (
        f"import sys; sys.path = [p for p in sys.path if p]; {home!r} in sys.path or sys.path.append({home!r}); "
        f"from legalaid_eval.runner.template import main; main({control})"
    )


class TemplatePool:
    """The one current template, and retired ones whose kernels still run."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._lock = threading.Lock()
        self._current: TemplateHandle | None = None
        self._retired: list[TemplateHandle] = []

    def template(self, env: Mapping[str, str]) -> TemplateHandle:
        """A living template whose imports saw this environment and this state of the package's code."""
        key = (code_state(), _lasting(env))
        with self._lock:
            self._drop_ended()
            current = self._current
            if current is None or current.key != key or current.process.poll() is not None:
                if current is not None:
                    current.retire()
                    self._retired.append(current)
                self._current = TemplateHandle(key, env)
            return self._current

    def _drop_ended(self) -> None:
        ended = [old for old in self._retired if old.process.poll() is not None]
        for old in ended:
            old.close()
        self._retired = [old for old in self._retired if old not in ended]

    def close(self) -> None:
        """End all templates and their kernels."""
        with self._lock:
            handles, self._retired, self._current = [*self._retired, self._current], [], None
        for handle in handles:
            if handle is not None:
                handle.close()

    def forget(self) -> None:
        """In a forked child of the launcher: the templates are the parent's."""
        for handle in (*self._retired, self._current):
            if handle is not None:
                handle.control.close()
                handle.process.returncode = 0  # or its destructor would warn about a process it cannot wait for
        self._clear()


def code_state() -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of each source file of the package, so that a restarted kernel sees edited code."""
    sources = Path(legalaid_eval.__file__).parent.rglob("*.py")
    return tuple(sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in sources))


def _lasting(env: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(
        item for item in env.items() if item[0] not in VOLATILE_NAMES and not item[0].startswith(VOLATILE_PREFIXES)
    )


def fork_kernel(order: LaunchOrder) -> ForkedKernel:
    """Fork one kernel, with a fresh template if the current one has died. Raises OSError."""
    template = POOL.template(order.env)
    try:
        return template.fork(order)
    except ConnectionError:
        template.close()
        return POOL.template(order.env).fork(order)


POOL = TemplatePool()
atexit.register(POOL.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=POOL.forget)
