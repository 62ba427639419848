"""The tree keeps its own rules: small modules, rooms with a subject, one licence, no word about where it was made."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tomllib
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "src").rglob("*.py"))

ROOMS_WITHOUT_A_SUBJECT = {"util", "utils", "helper", "helpers", "common", "misc", "base", "core", "manager", "service"}

# Written with character classes, so that this file does not hold what it looks for.
FOREIGN = re.compile(r"[/]work/|[.][.]/shared|[/]tmp/(h|v311)\b|bash[_]jobs|[.]library/|sub[a]gent|before[-]stop")

APACHE_2_0 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
"""SHA-256 of https://www.apache.org/licenses/LICENSE-2.0.txt."""


def name_files_of_the_repository() -> list[Path]:
    """Every file that is committed or would be, so that a slip is seen before it is committed."""
    # CI often works as root in a checkout that belongs to somebody else, which git would refuse to read.
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.filterwarnings("default")
def test_a_module_has_one_subject_and_at_most_300_lines() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in MODULES}
    for name, count in lines.items():
        if count > 300:
            warnings.warn(f"{name} has {count} lines: should a part have its own room?", stacklevel=1)
    assert {name: count for name, count in lines.items() if count > 350} == {}


def test_every_room_is_named_after_its_subject() -> None:
    rooms = {part for path in MODULES for part in path.relative_to(ROOT / "src").with_suffix("").parts}
    assert "prism_rules" in rooms
    assert rooms & ROOMS_WITHOUT_A_SUBJECT == set()


def test_the_repository_speaks_of_the_product_alone() -> None:
    files = name_files_of_the_repository()
    assert ROOT / "pyproject.toml" in files
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if FOREIGN.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "line", ["see " + "/work" + "/main", "`.." + "/shared/design`", "/tmp" + "/h/clone", "a sub" + "agent wrote it"]
)
def test_a_word_about_where_it_was_made_is_recognised(line: str) -> None:
    assert FOREIGN.search(line)


def test_the_licence_is_apache_2_0_word_for_word() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2_0


def test_the_layers_that_are_told_are_those_that_are_held() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "layers")
    there = {path.stem for path in (ROOT / "src/prism_rules").iterdir()} - {"__main__"}
    named = [[name for name in re.findall(r"\w+", layer) if name in there] for layer in layers]
    block = (ROOT / "docs/architecture.md").read_text("utf-8").partition("## Layers")[2].split("```")[1]
    assert block.splitlines()[1:] == [" | ".join(names) for names in named if names]
