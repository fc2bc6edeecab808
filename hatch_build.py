"""Adds the notebooks, parameters and data to the wheel, so that an installed package can lay out a project.

Only to a standard wheel: in an editable install the checkout itself is the project, and a copy would go stale.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PROJECT_FOLDERS = ("notebooks", "params", "data")
LEFT_OUT = {".ipynb_checkpoints", "__pycache__"}


class ProjectFilesHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "standard":
            return
        for folder in PROJECT_FOLDERS:
            if not Path(self.root, folder).is_dir():
                raise FileNotFoundError(f"{folder}/ is missing from the source tree; build from a full checkout.")
            for path in Path(self.root, folder).rglob("*"):
                inside = path.relative_to(self.root)
                if path.is_file() and not LEFT_OUT & set(inside.parts):
                    build_data["force_include"][str(inside)] = f"legalaid_eval/_project/{inside.as_posix()}"
