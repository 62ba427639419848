"""The recipe for tickets, as the page has it, with bash and jq, and a stand-in for `gh` that keeps what it is told."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from prism_rules.model.plan import Plan
from prism_rules.render.json import write_plan_json
from tests.render.plans import make_glare_plan, make_hostile_plan

PAGE = (Path(__file__).parents[2] / "docs/services.md").read_text("utf-8")
GH = """\
#!{python}
import json, sys
from pathlib import Path
store = Path("store.json")
issues = json.loads(store.read_text()) if store.exists() else []
noun, verb, *rest = sys.argv[1:]
options = {{rest[at]: rest[at + 1] for at in range(len(rest) - 1) if rest[at].startswith("--")}}
with open("log", "a") as log:
    log.write(f"{{noun}} {{verb}}\\n")
if (noun, verb) == ("issue", "list"):
    print(json.dumps([{{name: issue[name] for name in options["--json"].split(",")}} for issue in issues]))
elif noun == "issue":
    if verb == "create":
        issues.append({{"number": len(issues) + 1, "state": "OPEN", "labels": [options["--label"]]}})
    issue = issues[-1] if verb == "create" else issues[int(rest[0]) - 1]
    if verb in ("create", "edit"):
        assert options["--body-file"] == "-"
        issue |= {{"title": options["--title"], "body": sys.stdin.read().removesuffix("\\n")}}
    else:
        issue |= {{"state": {{"close": "CLOSED", "reopen": "OPEN"}}[verb], "reason": options.get("--reason"),
                   "comment": options.get("--comment")}}
    store.write_text(json.dumps(issues))
"""


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    for needed in ("bash", "jq"):
        if shutil.which(needed) is None:
            pytest.skip(f"{needed} is not installed: the recipe for tickets is not tried")
    (tmp_path / "bin").mkdir()
    for name, text in (
        ("gh", GH.format(python=sys.executable)),
        ("prism-rules", f'#!/bin/sh\nexec {sys.executable} -m prism_rules "$@"\n'),
    ):
        (tmp_path / "bin" / name).write_text(text, "utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    (script,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return script


def run(recipe: str, folder: Path, plan: Plan) -> tuple[list[str], list[dict[str, Any]]]:
    """Run the recipe on a plan; give what `gh` was called for, and the tickets that there are."""
    place = folder / "plans/2026-03-01"
    place.mkdir(parents=True, exist_ok=True)
    (place / "plan.json").write_text(write_plan_json(plan), "utf-8")
    (folder / "log").unlink(missing_ok=True)
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    got = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", recipe], cwd=folder, env={**os.environ, "PATH": path}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (got.returncode, got.stderr) == (0, "")
    called = [line for line in (folder / "log").read_text().splitlines() if line not in ("label create", "issue list")]
    return called, json.loads((folder / "store.json").read_text())


def test_tickets_are_opened_once_kept_current_closed_and_opened_again(recipe: str, tmp_path: Path) -> None:
    plan = make_glare_plan()
    called, issues = run(recipe, tmp_path, plan)
    assert called == ["issue create"] * 5
    assert [issue["title"] for issue in issues][:2] == [
        "Review low-confidence cases at plant-2",
        "Fourteen edge cases for the guideline of surface-scratch",
    ]
    assert issues[0]["body"].startswith("<!-- prism-rules action review-set-plant-2 -->\n\n- **For**: plant-2\n")
    first, *others = plan.actions
    ended = plan.model_copy(update={"actions": (first.model_copy(update={"state": "verified"}), *others)})
    called, issues = run(recipe, tmp_path, ended)
    assert sorted(called) == ["issue close"] + ["issue edit"] * 5
    assert "- **State**: verified" in issues[0]["body"]
    assert [(issue["state"], issue.get("reason")) for issue in issues][:2] == [("CLOSED", "completed"), ("OPEN", None)]
    assert run(recipe, tmp_path, ended)[0] == ["issue edit"] * 4, "what is closed is left alone"
    called, issues = run(recipe, tmp_path, plan)
    assert called.count("issue reopen") == 1 and {issue["state"] for issue in issues} == {"OPEN"}
    assert "- **State**: verified" not in issues[0]["body"]


def test_a_ticket_whose_action_the_plan_does_not_have_is_closed(recipe: str, tmp_path: Path) -> None:
    plan = make_glare_plan()
    run(recipe, tmp_path, plan)
    store = tmp_path / "store.json"
    others = {"number": 6, "state": "OPEN", "body": f"quoted: {json.loads(store.read_text())[0]['body']}", "title": "x"}
    store.write_text(json.dumps([*json.loads(store.read_text()), others]))
    left = plan.model_copy(update={"actions": plan.actions[1:]})
    narrowed = left.model_copy(update={"only_changes": True})
    selected = plan.model_copy(update={"actions": (), "selected": ("low-confidence",)})
    for without in (narrowed, selected):
        assert {issue["state"] for issue in run(recipe, tmp_path, without)[1]} == {"OPEN"}
    called, issues = run(recipe, tmp_path, left)
    assert sorted(called) == ["issue close"] + ["issue edit"] * 4
    assert [issue["state"] for issue in issues] == ["CLOSED", *["OPEN"] * 5]
    assert issues[0]["comment"] == "The plan of 2026-03-01 no longer has this action."


def test_texts_that_would_be_commands_are_texts(recipe: str, tmp_path: Path) -> None:
    plan = make_hostile_plan()
    first = plan.actions[0].model_copy(update={"title": "$(touch owned) `touch owned` \" ' \\ -n --body x"})
    called, issues = run(recipe, tmp_path, plan.model_copy(update={"actions": (first,)}))
    assert called == ["issue create"]
    assert issues[0]["title"].startswith("$(touch owned) `touch owned` \" ' \\ -n --body x")
    assert not (tmp_path / "owned").exists()
