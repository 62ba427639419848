"""Revisions: files as they were at another commit. git is asked and never told: nothing is fetched or checked out."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.files import is_inside
from prism_rules.ruleset.people import KEY
from prism_rules.source import Source, parse
from prism_rules.source.characters import MAX_BYTES, describe_size

SECONDS = 30
"""That git may take for one answer."""
# What a repository's configuration says is run by nobody here.
_SAFE = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "protocol.allow=never", "--no-pager")
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
"""No lock is taken, nothing is asked of the network or of a person, and messages are in one language."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of a repository."""

    top: Path
    commit: str
    name: str
    """What the user called it."""

    def read(self, path: Path) -> bytes | None:
        """Read a file as it was; None if it was not there, or lies outside the repository."""
        inside = self._place(path)
        if inside is None:
            return None
        size = _ask(self.top, "cat-file", "-s", f"{self.commit}:{inside}")
        if size.returncode:
            return None
        if int(size.stdout) > MAX_BYTES:
            raise Refused([describe_size(int(size.stdout), f"{self.name}:{inside}")])
        # Not `show`: that may run a converter which the repository names.
        found = _ask(self.top, "cat-file", "blob", f"{self.commit}:{inside}")
        return None if found.returncode else found.stdout

    def read_source(self, path: Path, *, root: Path | None = None, name: str | None = None) -> Source:
        """Read a YAML file as it was, else as `prism_rules.source.read_source` does. Raises `Refused` (exit 2)."""
        name = name or path.as_posix()
        if root is not None and not is_inside(path, root):
            _refuse("outside-root", f"`{name}` lies outside the project's folder", "move it into the project", name)
        data = self.read(path)
        if data is None:
            inside = self._place(path)
            if inside is None:
                _refuse("outside-root", "the file lies outside the repository", "name a file of this repository", name)
            message = f"there was no file `{inside}` at `{self.name}`"
            _refuse("missing-file", message, "name it as it was called then", name)
        return replace(parse(data, name), path=path)

    def _place(self, path: Path) -> str | None:
        real = Path(os.path.realpath(path))  # `resolve` fails on links that go in a circle
        return real.relative_to(self.top).as_posix() if real.is_relative_to(self.top) else None


def find_revision(ref: str, folder: Path, *, base: bool = False) -> Revision:
    """Find the commit that a branch, tag or id names in the repository of a folder; with `base`, where HEAD left it.

    Raises `Refused` (exit 2): `no-repository` without git or outside of a repository, `unknown-ref` for what git does
    not know here, or could take for an option.
    """
    found = _ask(folder, "rev-parse", "--show-toplevel")
    if found.returncode:
        _refuse("no-repository", f"`{folder.as_posix()}` is in no git repository", "run this inside one")
    top = Path(os.fsdecode(found.stdout).rstrip("\n")).resolve()
    # What begins with a dash is an option to any git that is older than --end-of-options.
    known = ref.isprintable() and not ref.startswith("-")
    named = _ask(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}") if known else None
    if named is None or named.returncode:
        help = "name a branch, a tag or a commit that has been fetched, such as origin/main"
        _refuse("unknown-ref", f"git knows no commit `{ref}`", help, top.as_posix())
    commit = named.stdout.decode("ascii").strip()
    if base:
        shared = _ask(top, "merge-base", commit, "HEAD")
        if shared.returncode:
            help = "fetch the whole history: `fetch-depth: 0` in GitHub, `GIT_DEPTH: 0` in GitLab"
            _refuse("unknown-ref", f"HEAD and `{ref}` have no commit in common here", help, top.as_posix())
        commit = shared.stdout.decode("ascii").split()[0]
    return Revision(top, commit, ref)


def _ask(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", *_SAFE, *words], cwd=folder, capture_output=True, check=False, stdin=subprocess.DEVNULL,
            timeout=SECONDS, env={name: text for name, text in os.environ.items() if name != KEY} | _QUIET,
        )  # fmt: skip
    except FileNotFoundError:
        _refuse("no-repository", "there is no program `git`", "install git, or name two files")
    except (OSError, subprocess.TimeoutExpired) as error:
        _refuse("no-repository", f"git gives no answer: {error}", "run `git status` here to see why", folder.as_posix())


def _refuse(code: str, message: str, help: str, context: str | None = None) -> NoReturn:
    raise Refused([Diagnostic(code, message, help=help, context=context)], 2)
