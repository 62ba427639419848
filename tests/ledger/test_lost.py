"""Live actions that a ruleset no longer knows are told, with what to write; nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prism_rules.ledger import find_lost, list_live, list_lost, read_ledger
from prism_rules.model.ledger import Event
from prism_rules.ruleset import Resolved, load_ruleset
from prism_rules.source import parse

ACTION = "recalibrate-0123456789ab"


def load(name: str = "surface", **sections: Any) -> Resolved:
    """Load a ruleset with the action `recalibrate` and the class `dent`, unless `sections` say otherwise."""
    action = {"kind": "review", "for": ["split"], "title": "Recalibrate"}
    document = {
        "apiVersion": "prism-rules/v1", "kind": "Ruleset",
        "metadata": {"name": name, "version": "1.0.0", "owners": ["@org/all"], **sections.pop("metadata", {})},
        "sources": {"seen": {"role": "predictions", "fields": {k: k for k in ("id", "time", "class", "confidence")}}},
        "classes": {"dent": {}}, "defaults": {"window": "7d"},
        "rules": {"low": {"source": "seen", "metric": "mean_confidence", "by": ["class"], "fail": {"below": 0.8}}},
        "causes": {"split": {"kind": "drift", "by": ["class"], "when": {"all": ["low"]}}},
        "actions": {
            key: action | entry for key, entry in sections.pop("actions", {"recalibrate": {}}).items()
        },
        **sections,
    }  # fmt: skip
    return load_ruleset(parse(json.dumps(document, indent=1).encode(), "rules.yaml"))


def tell(resolved: Resolved, folder: Path) -> list[tuple[str, str | None]]:
    lost = resolved.locate(find_lost(resolved.model, list_lost(resolved.model, read_ledger(folder))))
    assert {(d.code, d.severity) for d in lost} <= {("lost-history", "warning")}
    return [(d.message, d.help) for d in lost]


HELD = f"the ledger holds 1 live action (`{ACTION}`)"


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ({}, []),
        (
            {"actions": {"recalibrate-people": {}}},
            [
                (
                    f"the action `recalibrate` is gone, and {HELD} of it",
                    "write `renamed_from: [recalibrate]` under what it is called now, such as `recalibrate-people`",
                )
            ],
        ),
        ({"actions": {"recalibrate-people": {"renamed_from": ["recalibrate"]}}}, []),
        (
            {"classes": {"chip": {}}},
            [
                (
                    f"the class `dent` is gone, and {HELD} of it",
                    "write `renamed_from: [dent]` under what it is called now",
                )
            ],
        ),
        ({"classes": {"chip": {"renamed_from": ["dent"]}}}, []),
        ({"classes": {}}, []),
        (
            {"name": "surfaces"},
            [
                (
                    f"{HELD} of the ruleset `surface`, and nothing of `surfaces`",
                    "if this is the same one, write `renamed_from: [surface]`; else give it a ledger of its own",
                )
            ],
        ),
        ({"name": "surfaces", "metadata": {"renamed_from": ["surface"]}}, []),
    ],
)
def test_what_is_lost_is_told(
    sections: dict[str, Any], told: list[tuple[str, str]], tmp_path: Path, append: Callable[..., str]
) -> None:
    append(tmp_path, "opened", "approved")
    assert tell(load(**sections), tmp_path) == told


@pytest.mark.parametrize("end", [("rejected",), ("closed",), ("done", "verified")])
def test_what_has_ended_is_not_lost(end: tuple[str, ...], tmp_path: Path, append: Callable[..., str]) -> None:
    append(tmp_path, "opened", *end)
    assert tell(load(actions={"other": {}}), tmp_path) == tell(load(name="other"), tmp_path) == []


def test_two_rulesets_may_share_a_ledger(
    tmp_path: Path, append: Callable[..., str], event: Callable[..., Event]
) -> None:
    append(tmp_path, "opened")
    append(tmp_path, event("opened", "recalibrate-ba9876543210"), ruleset="welds")
    assert tell(load(), tmp_path) == tell(load(name="welds"), tmp_path) == []


def test_many_are_counted(tmp_path: Path, append: Callable[..., str], event: Callable[..., Event]) -> None:
    ids = [f"recalibrate-{number:012x}" for number in range(5)]
    append(tmp_path, *(event("opened", one) for one in ids))
    resolved = load(actions={"other": {"renamed_from": ["recalibrates"]}})
    ((message, _),) = tell(resolved, tmp_path)
    listed = ", ".join(f"`{one}`" for one in ids[:3])
    assert message == f"the action `recalibrate` is gone, and the ledger holds 5 live actions ({listed}, ...) of it"
    live = list_live(resolved.model, read_ledger(tmp_path))
    assert live == dict.fromkeys([("metadata", "name"), ("actions", "recalibrate"), ("classes", "dent")], tuple(ids))
