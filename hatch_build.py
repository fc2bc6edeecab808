"""Adds the notebooks, parameters and data to the wheel, so that an installed package can lay out a project.

Only to a standard wheel: in an editable install the checkout itself is the project, and a copy would go stale.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PROJECT_FOLDERS = ("notebooks", "params", "data")


class ProjectFilesHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "standard":
            return
        for folder in PROJECT_FOLDERS:
            if not Path(self.root, folder).is_dir():
                raise FileNotFoundError(f"{folder}/ is missing from the source tree; build from a full checkout.")
            build_data["force_include"][folder] = f"legalaid_eval/_project/{folder}"
