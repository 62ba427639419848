"""Plans that were saved: reading one back, and the digest that names it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prism_rules.diagnostics import Diagnostic, Refused

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
        message = f"there is no file `{place.as_posix()}`"
        help = "name a plan.json that `prism-rules plan` wrote, or its folder"
        raise Refused([Diagnostic("missing-file", message, context=place.as_posix(), help=help)]) from None
    except OSError as error:
        message, help = f"the plan cannot be read: {error.strerror}", "check its permissions"
        raise Refused([Diagnostic("unreadable-file", message, context=place.as_posix(), help=help)]) from error
    # A checkout may have converted line ends; the plan is the same one.
    data = data.replace(b"\r\n", b"\n")
    return read_plan(data.decode("utf-8", "replace"), place.as_posix()), f"sha256:{hashlib.sha256(data).hexdigest()}"
