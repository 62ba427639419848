"""A rule over several columns, the whole way from files: the column is a dimension of everything that follows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prism_rules.model.identity import make_id
from prism_rules.pipeline import run
from prism_rules.pipeline.recording import record
from prism_rules.planning import read_plan_before
from prism_rules.ruleset import Resolved, load_ruleset
from prism_rules.source import parse

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
DOCUMENT: dict[str, Any] = {
    "apiVersion": "prism-rules/v1",
    "kind": "Ruleset",
    "metadata": {"name": "trial", "version": "1.0.0", "owners": ["@org/all"]},
    "defaults": {"window": "7d"},
    "sources": {
        "seen": {
            "role": "predictions",
            "fields": {"id": "id", "time": "time", "class": "class"},
            "features": ["brightness", "contrast"],
        }
    },
    "rules": {
        "light": {"source": "seen", "metric": "mean", "of": "features", "by": ["class"], "fail": {"above": 5}},
        "dark": {"source": "seen", "metric": "mean", "of": ["brightness"], "fail": {"below": 5.5}},
    },
    "causes": {
        "drifted": {
            "kind": "drift", "by": ["class", "of"], "when": {"all": ["light"], "none": ["dark"]},
            "explain": "The {{ scope.of }} moved",
        }
    },
    "actions": {
        "look": {
            "kind": "review", "for": ["drifted"], "by": ["class", "of"],
            "title": "Look at the {{ scope.of }} of {{ class.id }}",
            "queue": {"from": "seen", "size": 5}, "done_when": ["light"],
        },
        "relabel": {
            "kind": "relabel", "for": ["drifted"], "by": ["class", "of"], "title": "Relabel", "requires": ["light"],
            "after": ["look"],
        },
    },
    "waivers": {
        "known": {
            "rule": "light", "match": {"class": "*", "of": "contrast"}, "until": "2026-02-01", "by": "@org/all",
            "because": "until then",
        }
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def resolved() -> Resolved:
    return load_ruleset(parse(json.dumps(DOCUMENT).encode(), "trial.yaml"))


def plan(resolved: Resolved, folder: Path, values: dict[str, tuple[float, float]], before: Any = None) -> Any:
    """Make a plan of forty rows per class, with these brightnesses and contrasts, a week later than the plan before."""
    folder.mkdir(parents=True)
    end = AS_OF + timedelta(days=7) * bool(before)
    rows = [
        (f"{name}-{row}", end - timedelta(hours=1 + row), name, float(brightness), float(contrast))
        for name, (brightness, contrast) in values.items() for row in range(40)
    ]  # fmt: skip
    schema = ["id", "time", "class", "brightness", "contrast"]
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(folder / "rows.parquet")
    previous = read_plan_before(before.plan, before.digest) if before else None
    ledger = folder.parent / "ledger"
    outcome = run(resolved, {"seen": "*.parquet"}, root=folder, ledger_folder=ledger, previous=previous, as_of=end)
    record(outcome, ledger)
    return outcome


def test_the_column_is_a_dimension_of_all_that_follows(resolved: Resolved, tmp_path: Path) -> None:
    made = plan(resolved, tmp_path / "one", {"dent": (4, 8), "ok": (6, 2)}).plan
    failed = {(f.rule, *f.scope.items()) for f in made.findings if f.status == "fail"}
    assert failed == {
        ("dark", ("of", "brightness")), ("light", ("class", "dent"), ("of", "contrast")),
        ("light", ("class", "ok"), ("of", "brightness")),
    }  # fmt: skip
    # Of brightness something else is known, which speaks of no contrast.
    assert [(d.scope, d.text) for d in made.diagnoses] == [({"class": "dent", "of": "contrast"}, "The contrast moved")]
    look, relabel = made.actions
    assert (look.title, look.scope) == ("Look at the contrast of dent", {"class": "dent", "of": "contrast"})
    # No row has a column `of`: the queue is drawn from all rows of the class.
    assert look.queue is not None
    assert (look.queue.eligible, look.queue.rows) == (40, 5)
    [gate] = relabel.blocked_by
    assert (gate.rule, gate.scope, gate.because) == ("light", {"class": "dent", "of": "contrast"}, "fails")
    assert made.rules["light"].by == ("class", "of")


def test_a_column_that_nothing_is_known_of_any_more_is_lost(resolved: Resolved, tmp_path: Path) -> None:
    first = plan(resolved, tmp_path / "one", {"dent": (4, 8)})
    made = plan(resolved, tmp_path / "two", {"ok": (4, 2)}, first).plan
    found = {f.id: f for f in made.findings}
    lost = found[make_id("finding", "trial", "light", {"class": "dent", "of": "contrast"})]
    assert (lost.status, lost.change, lost.reason) == ("no_data", "lost", "no_rows")
    [look] = [entry for entry in made.actions if entry.action == "look"]
    assert [(a.scope, a.holds) for a in look.acceptance] == [({"class": "dent", "of": "contrast"}, False)]


def test_a_waiver_of_a_column_hides_that_column_alone(tmp_path: Path) -> None:
    waiver = {**DOCUMENT["waivers"]["known"], "until": "2026-04-01"}
    resolved = load_ruleset(parse(json.dumps({**DOCUMENT, "waivers": {"known": waiver}}).encode(), "trial.yaml"))
    made = plan(resolved, tmp_path / "one", {"dent": (8, 8)}).plan
    shown = {f.scope["of"]: f.status for f in made.findings if f.rule == "light"}
    assert shown == {"brightness": "fail", "contrast": "waived"}
    assert {entry.scope["of"] for entry in made.actions} == {"brightness"}
