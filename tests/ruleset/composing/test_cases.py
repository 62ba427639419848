"""Rulesets that extend others: a folder for each thing that the language says of it, with what is expected by hand.

`expected.yaml` holds what `root.yaml` amounts to (`resolved`, without the heads), where some of it stands (`places`),
what is off (`left_out`) and which notes are made, or else the problems and where they are told.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from prism_rules.checking import check_source
from prism_rules.diagnostics import Problem, Refused, Spot
from prism_rules.model.plan import Origin
from prism_rules.ruleset import Resolved, load_ruleset
from prism_rules.source import Source, parse, read_source

CASES = Path(__file__).parent / "cases"
HEADS = ("apiVersion", "kind", "metadata")
FOLDERS = sorted(path.name for path in CASES.iterdir())


def read_root(name: str) -> Source:
    return read_source(CASES / name / "root.yaml", name="root.yaml")


def read_expected(name: str) -> dict[str, Any]:
    return parse((CASES / name / "expected.yaml").read_bytes(), "expected.yaml").data


def show(origin: Origin) -> str:
    return f"{origin.file}:{origin.line}:{origin.col}"


def tell(name: str) -> list[str]:
    with pytest.raises(Refused) as refused:
        check_source(read_root(name))
    assert refused.value.exit_code == 2
    labels = [(d.labels[0], d.code) for d in refused.value.diagnostics]
    return [f"{label.file}:{label.line}:{label.col} {code}" for label, code in labels]


def strip_heads(resolved: Resolved) -> dict[str, Any]:
    return {key: value for key, value in resolved.document.data.items() if key not in HEADS}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_ruleset_is_what_its_files_say_together(name: str) -> None:
    expected = read_expected(name)
    if "told" in expected:
        assert tell(name) == expected["told"]
        return
    resolved = load_ruleset(read_root(name))
    assert strip_heads(resolved) == expected["resolved"]
    for origin, place in expected.get("places", {}).items():
        assert (origin, show(resolved.origin(origin))) == (origin, place)
    assert [f"{show(off.origin)} {off.kind} {off.id} - {off.why}" for off in resolved.off] == expected.get(
        "left_out", []
    )
    assert [f"{show(note.origin)} {note.text}" for note in resolved.notes] == expected.get("notes", [])
    assert resolved.warnings == ()


def test_what_is_wrong_with_a_pack_alone_stands_where_the_pack_is_extended(tmp_path: Path) -> None:
    head = 'apiVersion: prism-rules/v1\nkind: Ruleset\nmetadata: {name: own, version: "1.0.0"}\n'
    (tmp_path / "team.yaml").write_text(head + "extends: [prism-core@^1]\n")
    stream = "{role: predictions, fields: {id: id, time: time, class: class, confidence: score}}"
    root = head + f"extends: [./team.yaml]\nsources: {{predictions: {stream}}}\nclasses: {{a: {{}}, b: {{}}}}\n"
    (tmp_path / "root.yaml").write_text(root)
    resolved = load_ruleset(read_source(tmp_path / "root.yaml", name="root.yaml"))
    spot = Spot(("rules", "confidence-falls", "source"), "is read here")
    [diagnostic] = resolved.locate([Problem("unbound-source", "no data is given", (spot,))])
    places = [(label.file.partition("@")[0], label.col, label.text) for label in diagnostic.labels]
    assert places == [("team.yaml", 11, "extended here"), ("prism-core", 13, "is read here")]
