"""git: a file as it was at another commit. It is asked and never told: nothing is fetched, checked out or locked."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from prism_rules.cli.terminal import refuse
from prism_rules.diagnostics import Refused
from prism_rules.source.reading import MAX_BYTES, describe_size

SECONDS = 30
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
"""No lock is taken, nothing is asked of the network or of a person, and messages are in one language."""


def find_root(folder: Path) -> Path:
    """Find the top folder of the repository that holds `folder`. Raises `Refused` (`no-repository`, exit 2)."""
    found = _ask(folder, "rev-parse", "--show-toplevel")
    if found.returncode:
        raise refuse("no-repository", f"`{folder.as_posix()}` is in no git repository", context=_say(found),
                     help="run this inside one, or name two files")  # fmt: skip
    return Path(os.fsdecode(found.stdout).rstrip("\n"))


def find_commit(root: Path, ref: str) -> str:
    """Find the commit that a branch, tag or id names, as 40 hex digits. Raises `Refused` (`unknown-ref`, exit 2)."""
    # What begins with a dash is an option to any git that is older than --end-of-options.
    found = None if ref.startswith("-") else _ask(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
    )  # fmt: skip
    if found is None or found.returncode:
        raise refuse("unknown-ref", f"git knows no commit `{ref}`", context=root.as_posix(),
                     help="name a branch, a tag or a commit that has been fetched, such as origin/main")  # fmt: skip
    return found.stdout.decode("ascii").strip()


def merge_base(root: Path, ref: str) -> str:
    """Find the commit at which HEAD left `ref`. Raises `Refused` (`unknown-ref`, exit 2)."""
    found = _ask(root, "merge-base", find_commit(root, ref), "HEAD")
    if found.returncode:
        raise refuse("unknown-ref", f"HEAD and `{ref}` have no commit in common here", context=root.as_posix(),
                     help="fetch the whole history: `fetch-depth: 0` in GitHub, `GIT_DEPTH: 0` in GitLab")  # fmt: skip
    return found.stdout.decode("ascii").split()[0]


def read_file(root: Path, commit: str, path: Path) -> bytes | None:
    """Read a file as it was at a commit; None if it was not there. A path outside `root` is `outside-root` (exit 2)."""
    try:
        inside = path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        raise refuse("outside-root", f"`{path.as_posix()}` lies outside the repository", context=root.as_posix(),
                     help="name a file inside it") from None  # fmt: skip
    name = f"{find_commit(root, commit)}:{inside}"
    size = _ask(root, "cat-file", "-s", name)
    if size.returncode:
        return None
    if int(size.stdout) > MAX_BYTES:
        raise Refused([describe_size(int(size.stdout), f"{commit}:{inside}")])
    # `cat-file` gives the bytes as they are stored; `show` may run programs that the repository names.
    found = _ask(root, "cat-file", "blob", name)
    return None if found.returncode else found.stdout


def _ask(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, check=False, stdin=subprocess.DEVNULL,
            timeout=SECONDS, env={**os.environ, **_QUIET},
        )  # fmt: skip
    except FileNotFoundError:
        raise refuse("no-repository", "there is no `git` on this machine",
                     help="install it, or name two files") from None  # fmt: skip
    except subprocess.TimeoutExpired:
        raise refuse("no-repository", f"git did not answer within {SECONDS} seconds", context=folder.as_posix(),
                     help="name two files instead") from None  # fmt: skip


def _say(found: subprocess.CompletedProcess[bytes]) -> str:
    return found.stderr.decode("utf-8", "replace").strip().splitlines()[0] if found.stderr.strip() else "git"
