"""How much one template may be, loop, write and cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one kind of template; all are counted, none is timed."""

    length: int
    """Characters of its text."""
    loops: int
    """Loops that may stand inside one another."""
    output: int
    """Bytes of UTF-8 that it may write."""
    steps: int
    """Nodes visited, list items touched and blocks of 64 characters handled by one rendering."""

    def describe_output(self) -> str:
        """Say how much may be written: "16 KiB", "60,000 bytes"."""
        return f"{self.output // 1024} KiB" if self.output % 1024 == 0 else f"{self.output:,} bytes"


OF_RULESETS = Limits(length=4_000, loops=1, output=16 * 1024, steps=100_000)
"""A text of a ruleset or of prism.yaml: some tenths of a second at most."""
