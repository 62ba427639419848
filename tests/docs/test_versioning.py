"""docs/versioning.md against the program: its table is the table that decides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from prism_rules.comparison import BUMPS, KINDS, write_next
from prism_rules.comparison.kinds import is_enough

PAGE = (Path(__file__).parents[2] / "docs/versioning.md").read_text("utf-8")


def test_the_table_is_the_programs() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(name, kind.bump, kind.is_) for name, kind in KINDS.items()]
    assert {kind.bump for kind in KINDS.values()} == {*BUMPS} - {"none"}


@pytest.mark.parametrize(
    ("before", "bump", "after"),
    [
        ("1.3.9", "major", "2.0.0"),
        ("1.3.9", "minor", "1.4.0"),
        ("1.3.9", "patch", "1.3.10"),
        ("1.3.9", "none", "1.3.9"),
        # Before the first stable version, as docs/versioning.md says.
        ("0.3.1", "major", "0.4.0"),
        ("0.3.1", "minor", "0.3.2"),
        ("0.3.1", "patch", "0.3.2"),
        # A pre-release has promised nothing beyond its release.
        ("2.0.0-rc.1", "major", "2.0.0"),
        ("2.0.0-rc.1", "patch", "2.0.0"),
    ],
)
def test_the_next_version(before: str, bump: str, after: str) -> None:
    assert write_next(before, bump) == after  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "bump", "enough"),
    [
        ("1.3.0", "1.3.0", "none", True),
        ("1.3.0", "1.4.0", "none", True),
        # A version that goes back would be older than plans that are there already.
        ("1.3.0", "1.2.0", "none", False),
        ("1.3.0", "1.3.0-rc.1", "none", False),
        ("1.3.0-rc.2", "1.3.0", "none", True),
        ("1.3.0", "1.3.0", "patch", False),
        ("1.3.0", "1.3.1", "patch", True),
        ("1.3.0", "1.2.9", "patch", False),
        ("1.3.0", "1.3.1", "minor", False),
        ("1.3.0", "1.10.0", "minor", True),
        ("1.3.0", "2.0.0", "minor", True),
        ("1.3.0", "2.0.0-rc.1", "major", True),
        ("2.0.0-rc.1", "2.0.0-rc.2", "major", True),
        ("2.0.0-rc.1", "2.0.0-rc.1", "patch", False),
    ],
)
def test_what_is_enough(before: str, after: str, bump: str, enough: bool) -> None:
    assert is_enough(before, after, bump) is enough  # type: ignore[arg-type]
