"""What works on this computer, and how to mend what does not."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from legalaid_eval import project
from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.runner.kernel import KERNEL_NAME, kernel_start

OLDEST = (3, 11)
HEART = ("jupyterlab", "pandas", "statsmodels", "matplotlib", "papermill", "nbval")
FOREIGN = ("JUPYTER_PATH", "JUPYTER_PREFER_ENV_PATH")


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: what was found, whether that is well, and the fix; `needed` parts make reports impossible."""

    part: str
    ok: bool
    found: str
    fix: str = ""
    needed: bool = True


def examine() -> list[Finding]:
    """Look at every part, needed ones first."""
    looks: tuple[Callable[[], Finding], ...] = (
        _python,
        _packages,
        _fonts,
        _kernel,
        _project,
        _warm,
        _environment,
        _browser,
    )
    return [look() for look in looks]


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= OLDEST, found, "install Python 3.11 or newer and run 'make setup'")


def _packages() -> Finding:
    missing = []
    for name in HEART:
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    needed = [name for name in missing if name != "nbval"]  # nbval only tests notebooks
    found = f"missing: {', '.join(missing)}" if missing else f"{', '.join(HEART)} are installed"
    return Finding("packages", not missing, found, "run 'make setup', or install with the extra [dev]", bool(needed))


def _fonts() -> Finding:
    import pylopdf_fonts_zh_cn

    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    found = sorted(path.name for path in folder.glob("*.otf"))
    fix = "reinstall pylopdf-fonts-zh-cn"
    return Finding("Chinese fonts", len(found) >= 2, ", ".join(found) or "none", fix)


def _kernel() -> Finding:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    fix = f"reinstall legalaid-eval; unset {' and '.join(FOREIGN)}"
    try:
        folder = Path(KernelSpecManager().get_kernel_spec(KERNEL_NAME).resource_dir)
    except NoSuchKernel:
        return Finding("kernel", False, f"no kernel '{KERNEL_NAME}'", fix)
    own = folder.is_relative_to(sys.prefix)
    return Finding("kernel", own, f"'{KERNEL_NAME}' of {'this' if own else 'another'} environment", fix)


def _project() -> Finding:
    try:
        root = project.project_root()
    except LegalAidEvalError as error:
        return Finding("project", False, str(error), "go to a folder made by 'legalaid-eval new'")
    return Finding("project", True, "the one in the package" if root.name == "_project" else root.name)


def _warm() -> Finding:
    start = kernel_start()
    found = f"{'warm' if start.warm else 'cold'} start: {start.reason}"
    return Finding("kernel start", start.warm, found, "reports are the same, only slower", needed=False)


def _environment() -> Finding:
    foreign = [name for name in FOREIGN if os.environ.get(name)]
    found = f"set: {', '.join(foreign)}" if foreign else "nothing that points to another installation"
    return Finding("environment", not foreign, found, f"unset {' and '.join(FOREIGN)}", needed=False)


def _browser() -> Finding:
    found = next((name for name in ("chromium", "google-chrome", "chromium-browser") if shutil.which(name)), None)
    fix = "only the tests of the pages need it: install chromium"
    return Finding("browser", found is not None, found or "no Chromium found", fix, needed=False)
