"""The pages' shell sessions, run as they stand: fenced `console` blocks, in order, in a folder of their own.

A line `...` stands for any lines, `...` within a line for any text. A fenced block under "... `name.yaml`:" is first
saved under that name, and one of a `diff` is applied. A line that is `cd` alone changes the folder of what follows.
What a page shows of Python is run last, as a doctest.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from unittest.mock import patch

import pytest
from markdown_it import MarkdownIt

from prism_rules import cli

ROOT = Path(__file__).parents[2]
PAGES = [
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if "```console\n" in path.read_text("utf-8")
]
TOLD_BY_MAKE_AND_PYTEST = ("MAKE", "MFLAGS", "PYTEST_", "FORCE_COLOR", "NO_COLOR", "PYTHONPATH")
GUIDE = "docs/guide.md"
"""Its changes are made, not only shown."""
NAMED = re.compile(r"`([\w.-]+\.yaml)`:$")


def read_blocks(page: str) -> Iterator[tuple[str, str, str]]:
    """Give each fenced block: its language, its text, and the paragraph above it."""
    above = ""
    for token in MarkdownIt().parse((ROOT / page).read_text("utf-8")):
        if token.type == "fence":
            yield token.info, token.content, above
        above = token.content or above


def read_session(text: str) -> list[tuple[str, str]]:
    """Split a session into its commands and what each prints."""
    parts = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
    assert parts[0] == "", "a session begins with a command"
    return list(zip(parts[1::2], parts[2::2], strict=True))


def write_pattern(shown: str) -> str:
    lines = []
    for line in shown.splitlines():
        exact = ".*".join(map(re.escape, line.split("...")))
        lines.append("(?:.*\n)*" if line == "..." else exact + "\n")
    return "".join(lines)


def make_place(folder: Path) -> dict[str, str]:
    """Make a folder that is set up as `make` leaves a checkout; give the environment to run commands in."""
    commands = Path(sys.executable).parent
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(commands)
    (folder / ".venv" / "installed").touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(TOLD_BY_MAKE_AND_PYTEST)}
    author = {f"GIT_{who}_{what}": "guide@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {**kept, **author, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"}


def run_command(command: str, folder: Path, environment: dict[str, str]) -> str:
    """Run a line of a session and give all that it prints. One of prism-rules alone needs neither shell nor process."""
    if not re.match(r"prism-rules [^|<>&;$`*?~#]*$", command):
        done = subprocess.run(
            ["bash", "-c", command], cwd=folder, env=environment, check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return done.stdout
    told = TextIOWrapper(BytesIO(), "utf-8", write_through=True)
    with redirect_stdout(told), redirect_stderr(told), chdir(folder), patch.dict(os.environ, environment, clear=True):
        cli.run(shlex.split(command)[1:])
    return told.buffer.getvalue().decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_its_commands_print(page: str, tmp_path: Path) -> None:
    environment, folder = make_place(tmp_path), tmp_path
    for language, text, above in read_blocks(page):
        if named := NAMED.search(above):
            (tmp_path / named[1]).write_text(text, "utf-8")
        if language == "diff" and page == GUIDE:
            subprocess.run(["git", "apply", "-"], input=text, cwd=folder, env=environment, check=True, text=True)
        for command, shown in read_session(text) if language == "console" else ():
            if entered := re.fullmatch(r"cd (\w+)", command):
                folder = folder / entered[1]
                continue
            printed = run_command(command, folder, environment)
            assert re.fullmatch(write_pattern(shown), printed), f"{page}: $ {command}\n{printed}"
    tried = subprocess.run(
        ["python", "-m", "doctest", ROOT / page], cwd=tmp_path, env=environment, check=False, text=True,
        capture_output=True,
    )  # fmt: skip
    assert tried.returncode == 0, f"{page}\n{tried.stdout}{tried.stderr}"


def test_the_readme_has_sessions() -> None:
    assert "README.md" in PAGES


@pytest.mark.parametrize(
    ("shown", "printed", "alike"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nd\n", "a\nd\n", True),
        ("a\n...\nd\n", "a\nb\n", False),
        ("a ... (1.5)\n", "a b c (1.5)\n", True),
        ("a ... (1.5)\n", "a b c (1x5)\n", False),
        ("a ... c\n", "a b\n c\n", False),
    ],
)
def test_dots_stand_for_anything_and_all_else_for_itself(shown: str, printed: str, alike: bool) -> None:
    assert bool(re.fullmatch(write_pattern(shown), printed)) is alike
