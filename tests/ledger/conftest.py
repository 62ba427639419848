"""Builders for ledgers: an event of one action, and an append that every test spells the same way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prism_rules.ledger import append_entry
from prism_rules.model.ledger import Criterion, Event, Opening, RulesetUsed

Build = Callable[..., Event]
Append = Callable[..., str]


@pytest.fixture
def event() -> Build:
    """``event("approved", at="...", by="...")``; an opening has one acceptance criterion unless another is given.

    ``again`` is `reopened` as a plan records it.
    """

    def build(name: str, action: str = "recalibrate-0123456789ab", **fields: Any) -> Event:
        if name in ("opened", "again"):
            name = "reopened" if name == "again" else name
            criteria = (Criterion(rule="class-agreement", scope={"class": "dent"}, was="0.630000"),)
            fields.setdefault(
                "opening", Opening(kind="recalibrate_reviewers", title="Recalibrate", acceptance=criteria)
            )
        if name == "escalated":
            fields.setdefault("to", "@org/safety")
        common = {"by": "@org/labels", "because": "agreed in the weekly review", "at": "2026-03-01T00:00:00Z"}
        return Event(event=name, action=action, name="recalibrate", scope={"class": "dent"}, **(common | fields))

    return build


@pytest.fixture
def append(event: Build) -> Append:
    """``append(folder, "opened", "approved")`` puts events of these names, or ready ones, into one entry."""

    def run(folder: Path, *events: str | Event, ruleset: str = "surface", **given: Any) -> str:
        return append_entry(
            folder,
            events=[event(each) if isinstance(each, str) else each for each in events],
            ruleset=RulesetUsed(name=ruleset, version="1.0.0", digest="sha256:00"),
            **given,
        )

    return run


@pytest.fixture
def merge() -> Callable[[Path, Path], None]:
    """Bring the files of one ledger into another, as a merge in git does."""

    def run(source: Path, target: Path) -> None:
        for file in source.glob("??/*.json"):
            place = target / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())

    return run
