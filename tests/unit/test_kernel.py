"""Warm kernels behave like stock ones: same environment, same death, same randomness, nothing left behind."""

import concurrent.futures
import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from legalaid_eval.runner import forking, kernel, template

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="kernels are forked on Linux only")

REPORT_SELF = """
import json, os, sys, threading
import numpy
print(json.dumps({
    "pid": os.getpid(), "ppid": os.getppid(), "group": os.getpgrp(), "cwd": os.getcwd(), "draw": numpy.random.rand(),
    "blas": os.environ.get("OPENBLAS_NUM_THREADS"), "work": os.environ.get("LEGALAID_EVAL_WORK"),
    "main": __name__, "path": sys.path, "flags": str(sys.flags), "executable": sys.executable,
    "pandas": "pandas" in sys.modules,
}))
"""


def run(manager: KernelManager, code: str) -> str:
    """What `code` prints in a started kernel."""
    client = manager.client()
    client.start_channels()
    printed: list[str] = []

    def hook(message: dict[str, Any]) -> None:
        printed.append(message["content"].get("text", "") or "".join(message["content"].get("traceback", [])))

    try:
        client.wait_for_ready(timeout=60)
        client.execute_interactive(code, timeout=60, output_hook=hook)
    finally:
        client.stop_channels()
    return "".join(printed)


@contextlib.contextmanager
def started(**options: Any) -> Iterator[KernelManager]:
    manager = KernelManager(kernel_name=kernel.KERNEL_NAME)
    manager.start_kernel(**options)
    try:
        yield manager
    finally:
        manager.shutdown_kernel(now=True)


def told_by(manager: KernelManager) -> dict[str, Any]:
    return json.loads(run(manager, REPORT_SELF))


def gone(pid: int, within: float = 10.0) -> bool:
    """Whether the process has ended, zombies of other parents counting as ended."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def notebook(*cells: str) -> nbformat.NotebookNode:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata.kernelspec = {"name": kernel.KERNEL_NAME, "display_name": "", "language": "python"}
    return book


def test_kernel_is_forked_and_takes_folder_and_environment_of_its_launcher(tmp_path: Path) -> None:
    env = {**os.environ, "LEGALAID_EVAL_WORK": str(tmp_path / "work")}
    with started(cwd=str(tmp_path), env=env) as manager:
        told = told_by(manager)
        assert told["pid"] == manager.provisioner.pid
        assert told["ppid"] == forking.POOL.template({**env, **manager.kernel_spec.env}).process.pid
    assert (told["cwd"], told["work"], told["blas"]) == (str(tmp_path), str(tmp_path / "work"), "1")
    assert told["pandas"]
    assert told["group"] == told["pid"]


def test_forked_and_stock_kernels_see_the_same_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with started(cwd=str(tmp_path)) as manager:
        forked = told_by(manager)
    monkeypatch.setenv(kernel.COLD_VARIABLE, "1")
    with started(cwd=str(tmp_path)) as manager:
        stock = told_by(manager)
    for fact in ("cwd", "blas", "main", "path", "flags", "executable"):
        assert forked[fact] == stock[fact], fact


def test_kernels_share_a_template_but_neither_random_numbers_nor_folder(tmp_path: Path) -> None:
    with started() as first, started(cwd=str(tmp_path)) as second:
        one, two = told_by(first), told_by(second)
    assert one["ppid"] == two["ppid"]
    assert one["draw"] != two["draw"]
    assert (one["cwd"], two["cwd"]) == (os.getcwd(), str(tmp_path))


def test_sockets_stand_in_a_private_folder_that_goes_with_the_kernel() -> None:
    with started() as manager:
        folder = Path(manager.ip).parent
        assert manager.transport == "ipc"
        assert folder.stat().st_mode & 0o777 == 0o700
        assert told_by(manager)["ppid"] != os.getpid()
    assert not folder.exists()


def test_kernels_started_at_the_same_time_do_not_mix_up() -> None:
    def square(number: int) -> str:
        with started() as manager:
            return run(manager, f"print({number} ** 2)").strip()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(square, range(8))) == [str(number**2) for number in range(8)]


def test_killed_kernel_is_noticed_soon() -> None:
    begin = time.monotonic()
    with pytest.raises(DeadKernelError):
        NotebookClient(notebook("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")).execute()
    assert time.monotonic() - begin < 15


def test_exit_code_interrupt_and_restart_are_those_of_a_process() -> None:
    with started() as manager:
        first = told_by(manager)["pid"]
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        asked = client.execute("import time; time.sleep(60)")
        time.sleep(0.5)
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=20)
        client.stop_channels()
        assert (reply["parent_header"]["msg_id"], reply["content"]["ename"]) == (asked, "KeyboardInterrupt")
        manager.restart_kernel(now=True)
        assert told_by(manager)["pid"] != first
        process = manager.provisioner.process
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait() == -signal.SIGTERM
        assert not manager.is_alive()


def test_programs_started_in_a_kernel_report_their_exit_codes() -> None:
    with started() as manager:
        printed = run(manager, "import subprocess; print(subprocess.run(['sh', '-c', 'exit 3']).returncode)")
    assert printed.strip() == "3"


def test_template_has_one_thread_and_survives_missing_modules() -> None:
    code = (
        "import os; from legalaid_eval.runner import template; template.MODULES += ('no_such_module',); "
        "template.ROOMS += ('no_such_room',); template.preload(); print(len(os.listdir('/proc/self/task')))"
    )
    spec = Path(kernel.__file__).with_name("kernelspec") / "kernel.json"
    env = {**os.environ, **json.loads(spec.read_text(encoding="utf-8"))["env"]}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_a_killed_template_is_replaced() -> None:
    with started() as manager:
        before = told_by(manager)
        os.kill(before["ppid"], signal.SIGKILL)
        assert gone(before["pid"])
        assert not manager.is_alive()
    with started() as manager:
        assert told_by(manager)["ppid"] != before["ppid"]


def test_edited_code_gets_a_new_template_and_running_kernels_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    with started() as running:
        before = told_by(running)["ppid"]
        monkeypatch.setattr(forking, "code_state", lambda: (("edited.py", 1, 1),))
        with started() as manager:
            assert told_by(manager)["ppid"] != before
        assert told_by(running)["ppid"] == before
    assert gone(before)


LAUNCHER = """
import os, sys, time
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="legalaid-eval")
client.execute_interactive("import os; print(os.getppid())", timeout=60)
print(manager.provisioner.pid, flush=True)
{end}
"""


@pytest.mark.parametrize("end", ["sys.exit()", "os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_nothing_outlives_the_launcher(end: str) -> None:
    launched = subprocess.run(
        [sys.executable, "-c", LAUNCHER.format(end=end)], capture_output=True, text=True, timeout=60
    )
    pids = [int(word) for word in launched.stdout.split()]
    assert len(pids) == 2, launched.stderr
    assert all(gone(pid) for pid in pids)


def _launch_in_a_daemon(answers: Any) -> None:
    with started() as manager:
        answers.put(told_by(manager)["pandas"])


def test_daemonic_workers_may_launch() -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    worker = context.Process(target=_launch_in_a_daemon, args=(answers,), daemon=True)
    worker.start()
    assert answers.get(timeout=60) is True
    worker.join(timeout=20)


FORKED_WORKER = """
import os
from legalaid_eval.runner import forking, kernel
from jupyter_client.manager import start_new_kernel
kernel.prewarm()
parents = forking.POOL._current.process.pid
if os.fork() == 0:
    manager, client = start_new_kernel(kernel_name="legalaid-eval")
    client.execute_interactive(f"import os; print('own template:', os.getppid() != {parents})", timeout=60)
    manager.shutdown_kernel(now=True)
else:
    os.wait()
    print("parent's template lives:", forking.POOL._current.process.poll() is None)
"""


def test_forked_workers_get_a_template_of_their_own() -> None:
    done = subprocess.run([sys.executable, "-c", FORKED_WORKER], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["own template: True", "parent's template lives: True"], done.stderr


def test_prewarmed_template_serves_the_first_kernel() -> None:
    forking.POOL.close()
    kernel.prewarm()
    waiting = forking.POOL._current.process.pid
    with started() as manager:
        assert told_by(manager)["ppid"] == waiting


def test_stock_start_on_demand_and_where_forking_is_not_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGALAID_EVAL_COLD_KERNEL", "1")
    with started() as manager:
        told = told_by(manager)
    assert (told["ppid"], told["pandas"]) == (os.getpid(), False)
    assert not kernel.kernel_start().warm
    assert "LEGALAID_EVAL_COLD_KERNEL" in kernel.kernel_start().reason
    monkeypatch.delenv("LEGALAID_EVAL_COLD_KERNEL")
    assert kernel.kernel_start().warm
    for platform in ("win32", "darwin"):
        monkeypatch.setattr(sys, "platform", platform)
        assert not kernel.kernel_start().warm


def test_a_fork_that_fails_falls_back_to_the_stock_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(order: forking.LaunchOrder) -> forking.ForkedKernel:
        raise OSError("no process left")

    monkeypatch.setattr(kernel, "fork_kernel", refuse)
    with started() as manager:
        assert told_by(manager)["ppid"] == os.getpid()


@pytest.mark.parametrize(
    "options",
    [{"stdout": subprocess.PIPE}, {"independent": True}, {"preexec_fn": print}, {"cwd": "no/such/folder"}],
)
def test_what_only_the_stock_start_can_do_is_left_to_it(options: dict[str, Any]) -> None:
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "connection.json"]
    assert kernel.launch_order(command, {}) is not None
    assert kernel.launch_order(command, options) is None
    assert kernel.launch_order(["other-python", *command[1:]], {}) is None


def test_outputs_go_where_the_launcher_sends_them(tmp_path: Path) -> None:
    with open(tmp_path / "out.txt", "w", encoding="utf-8") as out, started(stdout=out) as manager:
        run(manager, "import os; os.write(1, b'straight to the descriptor')")
    assert "straight to the descriptor" in (tmp_path / "out.txt").read_text(encoding="utf-8")


def test_papermill_and_strict_nbval_run_on_it(tmp_path: Path) -> None:
    book = notebook("import os, pandas\npandas.Series([1, 2]).sum().item()", "os.environ['OPENBLAS_NUM_THREADS']")
    source, executed = tmp_path / "source.ipynb", tmp_path / "executed.ipynb"
    nbformat.write(book, source)
    done = papermill.execute_notebook(source, executed, progress_bar=False)
    assert done.cells[0].outputs[0].data["text/plain"] == "3"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    command += ["--nbval", "--nbval-kernel-name", kernel.KERNEL_NAME, str(executed)]
    assert subprocess.run(command, cwd=tmp_path).returncode == 0
    executed.write_text(executed.read_text(encoding="utf-8").replace('"3"', '"4"'), encoding="utf-8")
    assert subprocess.run(command, cwd=tmp_path, stdout=subprocess.DEVNULL).returncode == 1


def test_request_codes_differ() -> None:
    assert len(template.FORK) == len(template.RETIRE) == 1
    assert template.FORK != template.RETIRE
