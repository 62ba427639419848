"""What an editor gets from our schemas: words for every key, and as much of the language as the loader takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from prism_rules.diagnostics import Refused
from prism_rules.metrics import METRICS
from prism_rules.model.project import Project
from prism_rules.model.ruletest import RulesetTest
from prism_rules.ruleset import load_ruleset
from prism_rules.schemas import make_schema
from prism_rules.schemas.snippets import ENTRIES, FILES, KEYS, read_snippets
from prism_rules.source import parse, read_source

ROOT = Path(__file__).parents[2]
EDITED = {name: make_schema(name) for name in ("ruleset", "project", "test")}
RULESET = Draft202012Validator(EDITED["ruleset"])
FORM = {
    "bad-amount", "bad-duration", "bad-id", "bad-version", "empty-value", "missing-baseline", "missing-field",
    "missing-key", "out-of-range", "unknown-field", "unknown-key", "unknown-metric", "unknown-parameter",
    "unknown-value", "wrong-type",
}  # fmt: skip
"""What an editor refuses as well."""
PARTLY = {"bad-addition", "bad-date", "metric-dimension", "wrong-of"}
"""What an editor refuses in part: it knows no calendar, no sources and no parents."""
GLARE = read_source(ROOT / "examples/glare/surface-inspection.yaml").data
RULESETS = [
    ROOT / "examples/glare/surface-inspection.yaml",
    ROOT / "rulesets/prism-core/ruleset.yaml",
    ROOT / "tests/ruleset/language.yaml",
    *sorted((ROOT / "tests/ruleset/mistakes").glob("*.yaml")),
    *sorted((ROOT / "tests/diagnostics/cases").glob("*/ruleset.yaml")),
]


def read_ruleset(path: Path) -> Any:
    """Read what is YAML of ours; None for files whose mistake it is to be none."""
    try:
        return read_source(path).data
    except Refused:
        return None


def walk(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        for key, inner in node.items():
            yield from walk(inner, f"{path}.{key}")
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from walk(inner, f"{path}[{index}]")


def find_codes(path: Path) -> set[str]:
    try:
        found = load_ruleset(path).warnings
    except Refused as refused:
        found = tuple(refused.diagnostics)
    return {diagnostic.code for diagnostic in found if diagnostic.severity == "error"}


@pytest.mark.parametrize("name", EDITED)
def test_every_key_is_told_in_a_few_words(name: str) -> None:
    models = [EDITED[name], *EDITED[name].get("$defs", {}).values()]
    keys = {key: node for model in models for key, node in model.get("properties", {}).items()}
    assert keys
    for key, node in keys.items():
        assert node["title"] == key
        # What a metric or a role says of these is told where it is chosen.
        if not node.get("doNotSuggest") or key not in ("with", "of", "fields"):
            assert 10 < len(node["markdownDescription"]) < 300, key
            assert node["description"] == node["markdownDescription"].replace("`", "")


@pytest.mark.parametrize("name", EDITED)
def test_every_word_and_every_pattern_is_told(name: str) -> None:
    closed = 0
    for path, node in walk(EDITED[name]):
        # Of parameters, the description tells all words together.
        if isinstance(node.get("enum"), list) and ".with." not in path:
            closed += 1
            assert len(node["markdownEnumDescriptions"]) == len(node["enumDescriptions"]) == len(node["enum"]), path
        if isinstance(node.get("pattern"), str) and ".if." not in path:
            assert "patternErrorMessage" in node, path
    assert closed or name == "project"


@pytest.mark.parametrize("path", [*filter(read_ruleset, RULESETS)], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_the_loader_takes_is_taken_and_what_has_no_form_is_not(path: Path) -> None:
    data, codes = read_ruleset(path), find_codes(path)
    if not codes & {*FORM, *PARTLY}:
        assert [error.message for error in RULESET.iter_errors(data)] == []
    elif codes <= FORM:
        assert not RULESET.is_valid(data)


def test_a_metric_tells_its_parameters_and_takes_no_others() -> None:
    rule: dict[str, Any] = {"source": "predictions", "of": "lighting", "baseline": {"window": "7d"}, "by": ["lighting"]}
    for name, metric in METRICS.items():
        asked = {**rule, "metric": name, "with": {}}
        if metric.of == "none":
            del asked["of"]
        ruleset = {**GLARE, "rules": {"asked": asked}}
        needed = {key for key, field in metric.params.model_fields.items() if field.is_required()}
        assert RULESET.is_valid(ruleset) is not bool(needed), name
        asked["with"] = {"unheard_of": 1}
        assert not RULESET.is_valid(ruleset), name


@pytest.mark.parametrize(
    ("metric", "spoilt"),
    [
        ("psi", {"with": {"bins": 1}}),
        ("psi", {"with": {"zeros": "none"}}),
        ("psi", {"of": None}),
        ("psi", {"baseline": None}),
        ("late_share", {"with": {"within": "a week"}}),
        ("class_entropy", {"by": ["site", "class"]}),
        ("volume", {"of": "lighting"}),
    ],
)
def test_what_a_metric_does_not_take_is_refused(metric: str, spoilt: dict[str, Any]) -> None:
    good: dict[str, dict[str, Any]] = {
        "psi": {"of": "features", "baseline": {"window": "7d"}, "with": {"bins": 2, "zeros": "half"}},
        "late_share": {"with": {"within": "7d"}},
        "class_entropy": {"by": ["site"]},
        "volume": {},
    }
    rule = {"source": "predictions", "metric": metric, "fail": {"above": 1}, **good[metric]}
    ruleset = {**GLARE, "rules": {"asked": rule}}
    assert RULESET.is_valid(ruleset)
    for key, value in spoilt.items():
        rule.pop(key, None)
        rule |= {key: value} if value is not None else {}
    assert not RULESET.is_valid(ruleset)


def test_a_ruleset_says_parts_of_entries_only_with_extends() -> None:
    part = {key: GLARE[key] for key in ("apiVersion", "kind", "metadata")} | {
        "question": {"risk": None, "report_to+": ["operations"]},
        "sources": {"predictions": {"dimensions+": ["line"], "fields": {"label": "said", "overridden": None}}},
        "classes": {"dent": None},
        "rules": {
            "low-confidence": {"min_n": 50, "warn": None, "by+": ["line"]},
            "class-agreement": {"overrides": {"edges": None, "dents": {"streak": 2}}},
            "glare-rejects": None,
        },
        "actions": {"review-set": {"queue": None, "for+": ["split-reviewers"]}},
    }
    over = {**part, "extends": ["prism-core@^1", {"from": "./base.yaml", "digest": "sha256:0"}], "causes": None}
    assert [error.message for error in RULESET.iter_errors(over)] == []
    for key in ("question", "sources", "classes", "rules", "actions"):
        whole = {word: value for word, value in part.items() if word in ("apiVersion", "kind", "metadata", key)}
        assert not RULESET.is_valid(whole), key


@pytest.mark.parametrize(
    ("route", "value"),
    [
        (("rules", "low-confidence", "minn"), 50),
        (("rules", "low-confidence", "min_n"), "many"),
        (("rules", "low-confidence", "fail"), {"drop": 0.1, "per_class": {"dent": None}}),
        (("sources", "predictions", "fields", "clas"), "class"),
        (("actions", "review-set", "queue"), {"size": 3}),
        (("sources", "predictions", "dimensions+"), {"camera": "Camera ID"}),
        (("sources", "annotations", "lookup"), {"predictions": None}),
        (("metadata",), None),
    ],
)
def test_a_part_is_held_to_its_form_too(route: tuple[str, ...], value: Any) -> None:
    over = deepcopy(GLARE) | {"extends": ["./base.yaml"]}
    assert RULESET.is_valid(over)
    node = over
    for step in route[:-1]:
        node = node[step]
    node[route[-1]] = value
    assert not RULESET.is_valid(over)


def fill(body: Any, indent: str = "") -> str:
    """Write what an editor inserts when nothing is typed over."""
    if isinstance(body, list):
        return "".join(f"\n{indent}- {fill(item, indent + '  ').lstrip()}" for item in body)
    if isinstance(body, dict):
        return "".join(f"\n{indent}{fill(key)}:{fill(value, indent + '  ')}" for key, value in body.items())
    return " " * bool(indent) + re.sub(r"\$\{\d+:((?:\\.|[^}\\])*)\}", r"\1", body.removeprefix("^")).replace(
        "\\}", "}"
    )


def read(text: str) -> Any:
    return parse(text.encode(), "snippet.yaml")


def list_bodies(text: str) -> list[Any]:
    return [snippet["body"] for snippet in read_snippets(text)]


def test_what_editors_insert_makes_a_ruleset_that_nothing_is_said_against() -> None:
    sections = {key: list_bodies(text) for (model, key), text in KEYS.items() if model == "Ruleset"}
    agreement = sections["rules"][0]["${1:agreement}"]
    agreement["overrides"] = {
        key: value for body in list_bodies(KEYS["Rule", "overrides"]) for key, value in body.items()
    }
    text = (
        fill(list_bodies(FILES["ruleset"])[0])
        + "\ndefaults: {window: 7d}\nclasses: {dent: {}, edge-chip: {}, unusable: {}}"
    )
    for key, bodies in sections.items():
        text += f"\n{key}:" + "".join(fill(body, "  ") for body in bodies)
    # No cause asks for the rules about ageing and in SQL.
    assert [(said.code, said.message.split("`")[1]) for said in load_ruleset(read(text)).warnings] == [
        ("unread-rule", "rules.ageing"),
        ("unread-rule", "rules.unsure"),
    ]


@pytest.mark.parametrize(("model", "key"), [("Baseline", "baseline"), ("Series", "series"), ("Queue", "queue")])
def test_entries_that_editors_insert_have_their_form(model: str, key: str) -> None:
    for body in list_bodies(ENTRIES[model]):
        ruleset = deepcopy(GLARE)
        entry = ruleset["actions"]["review-set"] if key == "queue" else ruleset["rules"]["low-confidence"]
        entry[key] = read(fill({key: body})).data[key]
        assert [error.message for error in RULESET.iter_errors(ruleset)] == []


def test_project_and_tests_that_editors_insert_have_their_form() -> None:
    [project] = list_bodies(FILES["project"])
    assert Project.model_validate(read(fill(project)).data).data == {"predictions": "data/predictions/*.parquet"}
    [tests] = list_bodies(FILES["test"])
    assert len(RulesetTest.model_validate(read(fill(tests)).data).tests) == 1
    more = list_bodies(KEYS["RulesetTest", "tests"])
    file = read(fill(tests)).data | read("tests:" + fill(more, "  ")).data
    assert [test.expect.causes for test in RulesetTest.model_validate(file).tests] == [("disagreement",), None]
    assert Draft202012Validator(EDITED["test"]).is_valid(file)
