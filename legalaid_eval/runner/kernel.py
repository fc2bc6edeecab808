"""Warm kernels: notebook kernels forked from a process that has its imports done.

A kernel provisioner, so that papermill, nbclient, nbval and JupyterLab all get warm kernels through the one
kernelspec `legalaid-eval`. Where a fork is not safe or not wanted, the stock provisioner starts the kernel;
`kernel_start` tells which of the two it will be and why.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from legalaid_eval.runner.forking import POOL, ForkedKernel, LaunchOrder, fork_kernel

KERNEL_NAME = "legalaid-eval"
COLD_VARIABLE = "LEGALAID_EVAL_COLD_KERNEL"
LONGEST_SOCKET_PATH = 90  # systems allow 103 or 107 bytes; Jupyter appends a number
STOCK_COMMAND = ["-m", "ipykernel_launcher"]
KNOWN_OPTIONS = frozenset({"env", "cwd", "stdout", "stderr", "extra_arguments", "kernel_id", "independent"})


@dataclass(frozen=True, slots=True)
class KernelStart:
    """How the next kernel starts: `warm` (forked) or not, and the reason in one clause."""

    warm: bool
    reason: str


def kernel_start() -> KernelStart:
    """Tell how kernels start here.

    macOS could fork, but its Accelerate library, which numpy may use there, does not survive it.
    """
    if os.environ.get(COLD_VARIABLE, "0") not in ("", "0"):
        return KernelStart(False, f"{COLD_VARIABLE} is set")
    if not sys.platform.startswith("linux"):
        return KernelStart(False, f"forking is only safe on Linux, this is {sys.platform}")
    return KernelStart(True, "forked from a process that has its imports done")


class WarmProvisioner(LocalProvisioner):
    """The stock local provisioner, with the launch replaced by a fork where that is possible."""

    _sockets: tempfile.TemporaryDirectory | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        if kernel_start().warm and self._sockets is None and self.parent is not None:
            self._use_private_sockets()
        return await super().pre_launch(**kwargs)

    def _use_private_sockets(self) -> None:
        """Talk to the kernel through a folder only this user can enter, not through ports.

        Ports can be lost to another process between choosing and binding, and are open to every user of the
        computer. Jupyter's own default for such sockets is a relative path, which is wrong for any kernel whose
        working folder is not the launcher's.
        """
        self._sockets = tempfile.TemporaryDirectory(prefix="legalaid-", ignore_cleanup_errors=True)
        address = os.path.join(self._sockets.name, "kernel")
        if len(os.fsencode(address)) <= LONGEST_SOCKET_PATH:
            self.parent.transport, self.parent.ip = "ipc", address

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart=restart)
        if self._sockets is not None and not restart:
            self._sockets.cleanup()
            self._sockets = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        order = launch_order(cmd, kwargs) if kernel_start().warm else None
        if order is None:
            return await super().launch_kernel(cmd, **kwargs)
        try:
            self.process = await _in_own_thread(fork_kernel, order)
        except OSError as error:
            self.log.warning("No warm kernel (%s); starting a stock one. %s=1 silences this.", error, COLD_VARIABLE)
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = order.cwd
        return self.connection_info


async def _in_own_thread(function: Callable[[LaunchOrder], ForkedKernel], order: LaunchOrder) -> ForkedKernel:
    """Wait without stopping the event loop: the first launch waits for imports, and JupyterLab must go on.

    Not the loop's own pool: in a worker process that was itself forked, that pool counts on threads it lost.
    """
    with ThreadPoolExecutor(1) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, function, order)


def launch_order(cmd: list[str], options: Mapping[str, Any]) -> LaunchOrder | None:
    """Translate a stock launch into an order; None where only the stock launch can do what is asked."""
    cwd = os.fspath(options.get("cwd") or os.getcwd())
    forkable = (
        cmd[:3] == [sys.executable, *STOCK_COMMAND]
        and options.keys() <= KNOWN_OPTIONS
        and not options.get("independent")
        and os.path.isdir(cwd)
    )
    try:
        streams = _descriptor(options.get("stdout"), 1), _descriptor(options.get("stderr"), 2)
    except ValueError:
        return None
    env = options.get("env") or os.environ
    return LaunchOrder(tuple(cmd[3:]), os.path.abspath(cwd), dict(env), *streams) if forkable else None


def _descriptor(stream: Any, inherited: int) -> int | None:
    """The file descriptor that a stream option of Popen stands for; None means the null device."""
    if stream == subprocess.DEVNULL:
        return None
    if stream in (subprocess.PIPE, subprocess.STDOUT):
        raise ValueError(stream)
    file = inherited if stream is None else stream if isinstance(stream, int) else stream.fileno()
    try:
        os.fstat(file)
    except OSError:
        return None
    return file


def prewarm() -> None:
    """Begin the imports now, in the background, for a program that will start kernels soon."""
    if kernel_start().warm:
        spec = json.loads(files("legalaid_eval.runner").joinpath("kernelspec", "kernel.json").read_text("utf-8"))
        POOL.template({**os.environ, **spec["env"]})
