"""The process that warm kernels are forked from.

It has imported what every notebook imports and then only waits: no thread, no event loop, no socket but the one
to its launcher, because a fork carries none of these over in working order. For each request it forks, and the
child becomes an ordinary ipykernel. When the launcher is gone it ends and takes its kernels along.

A request is one byte: FORK, with five file descriptors (the order as JSON `{argv, cwd, env}`, standard input,
output and error, and a pipe to report on), or RETIRE. On the pipe the template writes the kernel's process id
(or, negative, the number of the error that prevented the fork) and, when the kernel has ended, its exit code,
each as a `NUMBER`.
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import struct
import sys
import time
from dataclasses import dataclass

FORK = b"f"
RETIRE = b"r"
NUMBER = struct.Struct("q")
FILES_PER_ORDER = 5

# statsmodels is not named: it costs seconds, and the first chapter that imports it brings it along.
# Of a register's engine only the part that writes SQL is: to import duckdb starts a thread, which no fork survives.
MODULES = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "psutil",
    "sqlite3",
    "tornado.platform.asyncio",
    "pandas",
    "ibis.backends.sql.compilers.duckdb",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "legalaid_eval.params",
)
ROOMS = ("legalaid_eval.chapters", "legalaid_eval.report")


@dataclass(frozen=True, slots=True)
class Order:
    """What a forked child needs to become a kernel: descriptors of its order and of its three streams."""

    paper: int
    streams: tuple[int, ...]


def main(control: int) -> None:
    """Import, then serve the launcher at the other end of socket `control`."""
    preload()
    gc.freeze()  # what is loaded now is never freed: keep its memory pages shared between the forks
    order = Template(socket.socket(fileno=control)).serve()
    if order is not None:
        become_kernel(order)


def preload() -> None:
    """Import what notebooks import; what cannot be imported is left for the notebook to complain about."""
    for name in MODULES:
        _try_import(name)
    for room in ROOMS:
        package = _try_import(room)
        for module in pkgutil.iter_modules(getattr(package, "__path__", ()), f"{room}."):
            _try_import(module.name)


def _try_import(name: str) -> object:
    with contextlib.suppress(Exception):
        return importlib.import_module(name)
    return None


class Template:
    """Forks kernels and reports their ends, until its launcher leaves or retires it."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._reports: dict[int, int] = {}
        self._retired = False
        self._wake, self._waker = os.pipe()
        for end in (self._wake, self._waker):
            os.set_blocking(end, False)
        self._watched = selectors.DefaultSelector()
        self._watched.register(control, selectors.EVENT_READ)
        self._watched.register(self._wake, selectors.EVENT_READ)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a handler must stand, or the wake-up is never written
        signal.set_wakeup_fd(self._waker)

    def serve(self) -> Order | None:
        """Answer requests; None when done, and, in a forked child only, the child's order."""
        while self._reports or not self._retired:
            ready = {key.fileobj for key, _ in self._watched.select()}
            if self._wake in ready:
                self._report_ends()
            if self._control in ready:
                order = self._answer()
                if order is not None:
                    return order
        return None

    def _answer(self) -> Order | None:
        try:
            request, files, _, _ = socket.recv_fds(self._control, 1, FILES_PER_ORDER)
        except ConnectionError:
            request, files = b"", []
        if request == FORK:
            return self._fork(files)
        self._retired = True
        if not request:
            self._kill_all()
        return None

    def _fork(self, files: list[int]) -> Order | None:
        paper, *streams, report = files
        try:
            pid = os.fork()
        except OSError as error:  # no memory or no process left
            pid = -error.errno
        if pid == 0:
            self._leave(report)
            return Order(paper, tuple(streams))
        for file in (paper, *streams):
            os.close(file)
        _write(report, pid)
        if pid > 0:
            self._reports[pid] = report
        else:
            os.close(report)
        return None

    def _leave(self, report: int) -> None:
        """In the child: let go of all that belongs to the template."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._watched.close()
        self._control.close()
        for file in (self._wake, self._waker, report, *self._reports.values()):
            os.close(file)

    def _report_ends(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 65536)
        while self._reports:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            report = self._reports.pop(pid)
            _write(report, os.waitstatus_to_exitcode(status))
            os.close(report)

    def _kill_all(self) -> None:
        for pid in self._reports:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        self._reports.clear()


def _write(report: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody wants to know any more
        os.write(report, NUMBER.pack(number))


def become_kernel(order: Order) -> None:
    """Turn a forked child into the kernel it was ordered to be; returns when the kernel has been shut down."""
    os.setsid()  # as stock kernels do: an interrupt reaches the kernel and its children, nobody else
    for standard, file in enumerate(order.streams):
        os.dup2(file, standard)
        os.close(file)
    with open(order.paper, encoding="utf-8") as paper:
        paper.seek(0)
        told = json.load(paper)
    os.chdir(told["cwd"])
    os.environ.clear()
    os.environ.update(told["env"], JPY_PARENT_PID=str(os.getppid()))
    time.tzset()
    _reseed()
    sys.argv = ["ipykernel_launcher", *told["argv"], f"--IPKernelApp.parent_handle={os.getppid()}"]
    importlib.import_module("ipykernel.kernelapp").launch_new_instance()


def _reseed() -> None:
    """Forks share numpy's global random state; the standard library reseeds its own."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
