"""Plans that were saved: reading one back, and the digest that names it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from prism_rules.cli.terminal import refuse

if TYPE_CHECKING:
    from prism_rules.model.plan import Plan


def read_saved(path: Path) -> tuple[Plan, str]:
    """Read a plan.json, or the one in a folder, with its digest. Raises `Refused` (exit 2)."""
    import hashlib

    from prism_rules.render.json import read_plan

    place = path / "plan.json" if path.is_dir() else path
    try:
        data = place.read_bytes()
    except FileNotFoundError:
        raise refuse("missing-file", f"there is no file `{place.as_posix()}`", context=place.as_posix(),
                     help="name a plan.json that `prism-rules plan` wrote, or its folder") from None  # fmt: skip
    except OSError as error:
        raise refuse("unreadable-file", f"the plan cannot be read: {error.strerror}", context=place.as_posix(),
                     help="check its permissions") from error  # fmt: skip
    # A checkout may have converted line ends; the plan is the same one.
    data = data.replace(b"\r\n", b"\n")
    return read_plan(data.decode("utf-8", "replace"), place.as_posix()), f"sha256:{hashlib.sha256(data).hexdigest()}"


PLACED = ("github", "gitlab", "sarif")
"""Formats for services that know a file by its path from the top of its repository."""


def render_plan(plan: Plan, form: str, root: Path) -> bytes:
    """Render a plan whose files are named from the folder `root`; a file that is not there keeps its name."""
    from prism_rules.files import make_namer
    from prism_rules.render import RENDERERS
    from prism_rules.render.naming import rename_files

    if form in PLACED:
        name = make_namer(root)
        plan = rename_files(plan, lambda file: name(file) if (root / file).is_file() else file)
    return RENDERERS[form](plan).encode()


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
