"""Every sentence on acting, as a story: plans over findings, decisions between them, and what each plan must say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from .case import FiveRows, Story, build_ruleset, tell_actions, tell_events, tell_sampling, tell_stuck, tell_work

FILES = [YAML(typ="safe").load(path) for path in sorted(Path(__file__).parent.glob("*.yaml"))]
STORIES = [(file["rulesets"], story) for file in FILES for story in file["stories"]]

PARTS = {"rules", "causes", "actions", "classes", "metadata", "waivers", "question", "governance"}


@pytest.mark.parametrize(("rulesets", "story"), STORIES, ids=[story["name"] for _, story in STORIES])
def test_stories(rulesets: dict[str, Any], story: dict[str, Any], tmp_path: Path) -> None:
    parts = rulesets[story.get("ruleset", "gated")]
    for key in PARTS & story.keys():
        merged = {**parts.get(key, {}), **story[key]}
        parts = parts | {key: {name: entry for name, entry in merged.items() if entry is not None}}
    told = Story(build_ruleset(parts), tmp_path / "ledger")
    if "eligible" in story:
        told.engine = FiveRows(story["eligible"])
    for number, step in enumerate(story["steps"], 1):
        if isinstance(step, str):
            told.decide(step)
            continue
        if edited := {key: step[key] for key in ("governance", "waivers") if key in step}:
            parts = parts | edited
            told.resolved = build_ruleset(parts)
        if "eligible" in step:
            told.engine = FiveRows(step["eligible"])
        given = {key: step[key] for key in ("as_of", "again", "inputs", "record") if key in step}
        plan = told.plan(step["findings"], **given)
        found = tell_actions(plan)
        if "actions" in step:
            assert set(found) == set(step["actions"]), f"step {number}"
            for name, expected in step["actions"].items():
                expected = {"state": expected} if isinstance(expected, str) else expected
                assert {key: found[name][key] for key in expected} == expected, f"step {number}: {name}"
        if "work" in step:
            work = tell_work(plan)
            assert {key: work[key] for key in step["work"]} == step["work"], f"step {number}"
        if "sampling" in step:
            assert tell_sampling(plan) == step["sampling"], f"step {number}"
        if "order" in step:
            assert list(found) == step["order"], f"step {number}"
        assert tell_stuck(plan) == step.get("stuck", []), f"step {number}"
        if "events" in step:
            assert tell_events(told.events) == step["events"], f"step {number}"
        if "decisions" in step:
            assert [f"{d.event} {d.name}" for d in plan.decisions] == step["decisions"], f"step {number}"


def test_every_story_has_a_name_of_its_own() -> None:
    names = [story["name"] for _, story in STORIES]
    assert len(names) == len(set(names)) >= 60
