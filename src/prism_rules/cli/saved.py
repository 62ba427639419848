"""Plans that were saved, as commands read them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prism_rules.model.plan import Plan
    from prism_rules.render import Renderer


PLACED = ("github", "gitlab", "sarif")
"""Formats for services that know a file by its path from the top of its repository."""


def render_plan(plan: Plan, form: str, root: Path, render: Renderer | None = None) -> bytes:
    """Render a plan whose files are named from the folder `root`; a file that is not there keeps its name.

    `render` is what renders the form, where that is not the one that everybody has.
    """
    from prism_rules.files import make_namer
    from prism_rules.render import RENDERERS
    from prism_rules.render.naming import rename_files

    if form in PLACED:
        name = make_namer(root)
        plan = rename_files(plan, lambda file: name(file) if (root / file).is_file() else file)
    return (render or RENDERERS[form])(plan).encode()


def find_root(path: Path, plan: Plan) -> Path:
    """Find the folder that a saved plan names files from, for it holds no path of its own.

    It is that of the prism.yaml above the plan, else of the one here or above, else this folder: the first that holds
    the plan's ruleset.
    """
    from prism_rules.ruleset import find_project

    here = Path.cwd()
    found = [find_project(Path(os.path.abspath(path))), find_project(here)]
    folders = [*(project.parent for project in found if project), here]
    files = plan.ruleset.files[:1]
    return next((folder for folder in folders if all((folder / file.path).is_file() for file in files)), here)
