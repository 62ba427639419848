"""What files were in an earlier revision, as git keeps it, and which problems have come since."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from prism_rules.diagnostics import Diagnostic, Refused

_SAFE = (
    # What a repository's configuration says is run by nobody here, and nothing is fetched that is not there.
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"),
    "--no-pager",
)
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_SECONDS = 30
"""That git may take for one answer."""


@dataclass(frozen=True, slots=True)
class History:
    """A revision of the repository that holds a folder."""

    top: Path
    commit: str

    def read(self, file: Path) -> bytes | None:
        """Give a file's bytes as they were; None where the revision has no such file."""
        place = file.resolve()
        if not place.is_relative_to(self.top):
            return None
        asked = f"{self.commit}:{place.relative_to(self.top).as_posix()}"
        # Not `show`: that may run a converter which the repository names.
        done = _ask_git(self.top, "cat-file", "blob", asked)
        return done.stdout if done.returncode == 0 else None


def open_history(reference: str, folder: Path) -> History:
    """Find a revision by what it is called: a branch, a tag, a commit, `HEAD~1`.

    Raises `Refused` (exit 2): `no-repository` without git or outside a repository, `unknown-revision` for a name that
    git does not know, or one that could pass for an option.
    """
    top = _ask_git(folder, "rev-parse", "--show-toplevel")
    if top.returncode:
        _refuse("no-repository", "this folder is in no git repository", "run this inside the repository")
    known = None
    if reference and not reference.startswith("-") and reference.isprintable():
        known = _ask_git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if known is None or known.returncode:
        help = "name a branch, tag or commit; in CI, fetch it first (a shallow clone has one commit)"
        _refuse("unknown-revision", f"git knows no revision `{reference}`", help)
    return History(Path(os.fsdecode(top.stdout).rstrip("\n")).resolve(), known.stdout.decode("ascii").strip())


def subtract(found: Iterable[Diagnostic], before: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Leave out what was there before: as often as it was, by code, message and entry, wherever the line is now."""
    known = Counter(map(_name, before))
    new = []
    for diagnostic in found:
        name = _name(diagnostic)
        if known[name]:
            known[name] -= 1
        else:
            new.append(diagnostic)
    return new


def _name(diagnostic: Diagnostic) -> tuple[object, ...]:
    return diagnostic.code, diagnostic.message, diagnostic.route[:2]


def _ask_git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", *_SAFE, *arguments],
            cwd=folder,
            env={**os.environ, **_QUIET},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        _refuse("no-repository", "there is no program `git`", "install git, or leave `--since` out")
    except (OSError, subprocess.TimeoutExpired) as error:
        _refuse("no-repository", f"git gives no answer: {error}", "run `git status` here to see why")


def _refuse(code: str, message: str, help: str) -> NoReturn:
    raise Refused([Diagnostic(code, message, help=help, context="--since")], 2)
