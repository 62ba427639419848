"""A ruleset in an editor: what yaml-language-server offers, explains and marks, asked over its own protocol.

`<>` in a text is the cursor.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from prism_rules.metrics import METRICS
from prism_rules.model.ruleset import FIELDS
from prism_rules.ruleset.checks import NOT_EVALUATED

if TYPE_CHECKING:
    from conftest import LanguageServer

ROOT = Path(__file__).parents[2]
HEADING = """\
# yaml-language-server: $schema=.prism/ruleset.v1.schema.json
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: surface, version: "1.0.0"}
"""
RULE = HEADING + "rules:\n  agreement:\n    source: annotations\n"
TEST = """\
# yaml-language-server: $schema=.prism/test.v1.schema.json
apiVersion: prism-rules/v1
kind: RulesetTest
ruleset: surface.yaml
"""
PROJECT = "# yaml-language-server: $schema=.prism/project.v1.schema.json\n"
GLARE = (ROOT / "examples/glare/surface-inspection.yaml").read_text("utf-8").partition("\n")[2]


def ask(server: LanguageServer, method: str, text: str, name: str = "surface.yaml") -> Any:
    """Open a text, ask about the place of its cursor, and close it."""
    before, _, after = text.partition("<>")
    uri = server.open(name, before + after)
    lines = before.split("\n")
    position = {"line": len(lines) - 1, "character": len(lines[-1])}
    answer = server.ask(method, {"textDocument": {"uri": uri}, "position": position})
    server.close(uri)
    return answer


def complete(server: LanguageServer, text: str) -> dict[str, str]:
    """Tell what is offered: label -> what it inserts. No label is offered twice."""
    items = ask(server, "textDocument/completion", text)["items"]
    offered = {
        item["label"]: item["textEdit"]["newText"] if "textEdit" in item else item["insertText"] for item in items
    }
    assert len(offered) == len(items), sorted(item["label"] for item in items)
    return offered


def hover(server: LanguageServer, text: str) -> str:
    """Tell what is shown at the cursor, but for the line that names the schema."""
    shown: str = ask(server, "textDocument/hover", text)["contents"]["value"]
    return shown.partition("\n\nSource:")[0].strip()


def diagnose(server: LanguageServer, text: str, name: str = "surface.yaml") -> list[tuple[int, str]]:
    """Tell what is marked: line, from 1, and message."""
    uri = server.open(name, text)
    marked = [(found["range"]["start"]["line"] + 1, found["message"]) for found in server.diagnose(uri)]
    server.close(uri)
    return sorted(marked)


def test_an_empty_file_is_offered_its_heading(language_server: LanguageServer) -> None:
    first = HEADING.partition("\n")[0] + "\n"
    offered = complete(language_server, first + "<>")
    assert offered["new ruleset"].startswith("apiVersion: prism-rules/v1\nkind: Ruleset\nmetadata:\n  name: ${1:")
    assert {"sources", "classes", "defaults", "rules", "causes", "actions", "waivers"} <= offered.keys()
    assert "new project" in complete(language_server, PROJECT + "<>")
    assert "new rule tests" in complete(language_server, TEST.partition("\n")[0] + "\n<>")


def test_sections_are_offered_once_the_heading_stands(language_server: LanguageServer) -> None:
    offered = complete(language_server, HEADING + "<>")
    assert {"question", "sources", "rules"} <= offered.keys()
    assert not {"kind", "metadata", "new ruleset"} & offered.keys()


@pytest.mark.parametrize(
    ("section", "labels"),
    [
        ("sources", {f"source of {what}" for what in ("predictions", "annotations", "training data", "feedback")}),
        ("rules", {"rule with a bound", "rule against a baseline", "rule about coverage", "rule in SQL"}),
        ("causes", {"cause", "cause with a chain"}),
        ("actions", {"action", "action behind a gate"}),
        ("waivers", {"waiver", "waiver of all scopes"}),
    ],
)
def test_whole_entries_are_offered(language_server: LanguageServer, section: str, labels: set[str]) -> None:
    for place in (f"{section}:\n  <>", f"{section}: <>"):
        assert labels <= complete(language_server, HEADING + place).keys()


def test_an_entry_is_inserted_as_people_write_it(language_server: LanguageServer) -> None:
    assert complete(language_server, HEADING + "rules:\n  <>")["rule with a bound"].split("\n") == [
        "${1:agreement}:",
        "  title: ${2:Reviewers agree on the class}",
        "  source: ${3:annotations}",
        "  metric: ${4:krippendorff_alpha}",
        "  by: [${5:class}]",
        "  warn: {below: ${6:0.80}}",
        "  fail: {below: ${7:0.75}}",
    ]


@pytest.mark.parametrize(
    ("place", "label"),
    [
        ("rules:\n  a:\n    baseline: <>", "the time before"),
        ("rules:\n  a:\n    baseline:\n      <>", "another source"),
        ("rules:\n  a:\n    series:\n      <>", "test for slow drift"),
        ("rules:\n  a:\n    overrides:\n      <>", "override of bounds"),
        ("actions:\n  a:\n    queue:\n      <>", "disputed units"),
    ],
)
def test_parts_of_entries_are_offered_whole(language_server: LanguageServer, place: str, label: str) -> None:
    assert label in complete(language_server, HEADING + place)


def test_keys_of_a_rule_are_offered_with_what_is_usual(language_server: LanguageServer) -> None:
    offered = complete(language_server, RULE + "    <>")
    assert {"title", "metric", "by", "baseline", "window", "warn", "fail", "overrides"} <= offered.keys()
    assert "source" not in offered
    assert offered["confidence"] == "confidence: ${1:0.95}"
    assert offered["window"] == "window: ${1:7d}"
    # What they may be is known with the metric.
    assert not {"with", "of"} & offered.keys()


def test_every_metric_is_offered_with_its_summary(language_server: LanguageServer) -> None:
    items = ask(language_server, "textDocument/completion", RULE + "    metric: <>")["items"]
    assert [item["label"] for item in items] == list(METRICS)
    [alpha] = [item for item in items if item["label"] == "krippendorff_alpha"]
    assert alpha["documentation"]["value"].startswith("Krippendorff's alpha: how far reviewers agree beyond")


@pytest.mark.parametrize(
    ("metric", "keys"),
    [
        ("krippendorff_alpha", {"level"}),
        ("psi", {"bins", "zeros"}),
        ("confident_wrong_share", {"at_least", "among"}),
        ("mean_confidence", set()),
    ],
)
def test_parameters_are_those_of_the_metric(language_server: LanguageServer, metric: str, keys: set[str]) -> None:
    rule = RULE + f"    metric: {metric}\n"
    assert complete(language_server, rule + "    with:\n      <>").keys() == keys
    assert ("with" in complete(language_server, rule + "    <>")) is bool(keys)


def test_values_of_a_parameter_are_offered(language_server: LanguageServer) -> None:
    rule = RULE + "    metric: krippendorff_alpha\n    with:\n      level: <>"
    assert complete(language_server, rule).keys() == {"nominal", "ordinal", "interval"}


def test_what_a_metric_needs_is_offered_together(language_server: LanguageServer) -> None:
    offered = complete(language_server, RULE + "    metric: psi\n    <>")
    assert offered["what this metric needs"].startswith("of: ${1:features}\nbaseline:")
    assert "of" not in complete(language_server, RULE + "    metric: mean_confidence\n    <>")


@pytest.mark.parametrize("role", FIELDS)
def test_fields_are_those_of_the_role(language_server: LanguageServer, role: str) -> None:
    offered = complete(language_server, HEADING + f"sources:\n  seen:\n    role: {role}\n    fields:\n      <>")
    hidden = {route[-1] for route in NOT_EVALUATED if route[:3] == ("sources", "*", "fields")}
    assert {*FIELDS[role]} - hidden == offered.keys() - {"fields"}
    assert offered["fields"].split("\n") == [
        f"{field}: ${place}" for place, field in enumerate((f for f, needed in FIELDS[role].items() if needed), start=1)
    ]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("sources:\n  a:\n    role: <>", {"predictions", "annotations", "training", "validation", "feedback"}),
        (
            "actions:\n  a:\n    kind: <>",
            {"review", "relabel", "recalibrate_reviewers", "update_guideline", "escalate"},
        ),
        ("causes:\n  a:\n    kind: <>", {"drift", "ambiguous_labels", "missing_coverage", "process_misalignment"}),
        ("rules:\n  a:\n    status: <>", {"experimental", "stable", "deprecated"}),
        ("rules:\n  a:\n    window: <>", {"7d", "all"}),
        ("rules:\n  a:\n    series:\n      test: <>", {"cusum", "ewma", "page_hinkley", "mann_kendall"}),
    ],
)
def test_closed_words_are_offered(language_server: LanguageServer, place: str, words: set[str]) -> None:
    assert words <= complete(language_server, HEADING + place).keys()
    assert "null" not in complete(language_server, HEADING + place)


def test_a_ruleset_with_extends_is_offered_parts(language_server: LanguageServer) -> None:
    over = HEADING + "extends: [./base.yaml]\n"
    assert {"dimensions", "dimensions+"} <= complete(language_server, over + "sources:\n  a:\n    <>").keys()
    assert "null" in complete(language_server, over + "rules:\n  a: <>")
    assert complete(language_server, over + "rules:\n  a:\n    metric: psi\n    with:\n      <>").keys() == {
        "bins",
        "zeros",
    }
    assert diagnose(language_server, over + "rules:\n  a: {min_n: 50, warn: null, by+: [site]}\n  b: null\n") == []
    [(line, said)] = diagnose(language_server, over + "rules:\n  a:\n    minn: 50\n")
    assert (line, said) == (8, "Property minn is not allowed.")


def test_rule_tests_are_offered_whole_and_key_by_key(language_server: LanguageServer) -> None:
    for place in ("tests: <>", "tests:\n  <>", "tests:\n  - <>"):
        assert "rule test" in complete(language_server, TEST + place)
    begun = TEST + "tests:\n  - name: split\n    as_of: 2026-03-01\n    expect:\n      "
    assert {"findings", "causes", "actions", "partial"} <= complete(language_server, begun + "<>").keys()
    assert "insufficient" in complete(language_server, begun + "findings:\n        - status: <>")


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (
            "metric: mean_confidence",
            "#### mean\\_confidence\n\nMean confidence: the average of the model's own confidence",
        ),
        ("at_least: 0.9", "#### at\\_least\n\nThe lowest confidence that counts as confident."),
        ("image_id, time", "#### id\n\nTells one prediction from another."),
        ("per_class: {dent", "#### per\\_class\n\nThe bound itself for some classes: `{dent: 0.70}`."),
        ("window: all", "#### window (all)\n\nHow far back rules on this source look that do not say it."),
        ("requires: [class", "#### requires\n\nThe gate: rules that must hold before it may be worked on."),
        ("low-confidence:\n    title", "#### Rule\n\nA metric, where it is measured, and the bounds that judge it."),
        ("of: [lighting]", "#### of (list)\n\nWhat it is measured of: dimensions of the source."),
        ("leads_to", "#### leads\\_to\n\nCauses that follow from this one."),
    ],
)
def test_what_is_shown_at_a_key(language_server: LanguageServer, at: str, shown: str) -> None:
    before, found, after = GLARE.partition(at)
    assert found
    said = hover(language_server, HEADING.partition("\n")[0] + f"\n{before}<>{found}{after}")
    assert said.startswith(shown)
    assert len(said) < 400


def test_words_are_shown_with_what_they_mean_the_chosen_one_first(language_server: LanguageServer) -> None:
    shown = hover(language_server, HEADING + "causes:\n  a:\n    kind: <>missing_coverage\n")
    head, words = shown.split("Allowed Values:")
    assert head.strip() == "#### kind\n\nWhich of the seven root causes it is."
    first, *others = words.strip().split("\n")
    assert first == "* `missing_coverage`: production meets conditions that the training data lacks"
    assert len(others) == 6


def test_an_example_is_shown(language_server: LanguageServer) -> None:
    shown = hover(language_server, HEADING + 'rules:\n  a:\n    <>where: "site = 1"\n')
    assert shown.endswith("Example:\n\n```yaml\nlighting = 'glare'\n```")


def test_the_example_has_nothing_to_mend(language_server: LanguageServer) -> None:
    assert diagnose(language_server, HEADING.partition("\n")[0] + "\n" + GLARE) == []
    project = (ROOT / "examples/glare/prism.yaml").read_text("utf-8")
    assert diagnose(language_server, PROJECT + project, "prism.yaml") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "    baseline: {source: validation-run",
            "    basline: {source: validation-run",
            "Property basline is not allowed.",
        ),
        ("min_n: 30", "min_n: many", 'Incorrect type. Expected "integer".'),
        ("below: 0.75", "below: high", 'Incorrect type. Expected "number".'),
        ("krippendorff_alpha", "krippendorf", "No metric has this name: `prism-rules metrics` lists them."),
        ("at_least: 0.9", "atleast: 0.9", "Property atleast is not allowed."),
        ("window: 7d", "window: a week", "A duration is a whole number, at least 1, with s, m, h, d or w: 7d."),
        ("by: [class]\n    warn", "by: class\n    warn", 'Incorrect type. Expected "array".'),
        ("time: added_at", "tme: added_at", "Property tme is not allowed."),
        ("drop: 0.10", "drop: 10 %", "An amount is a number, or a share of the baseline such as 10%."),
        (
            "class-agreement:",
            "Class Agreement:",
            "An id is lower-case letters, digits and `-`, such as `class-agreement`.",
        ),
        ('version: "1.3.0"', "version: 1.3", 'Incorrect type. Expected "string".'),
    ],
)
def test_a_mistake_is_marked_at_its_line(language_server: LanguageServer, old: str, new: str, said: str) -> None:
    spoilt = HEADING.partition("\n")[0] + "\n" + GLARE.replace(old, new, 1)
    line = spoilt[: spoilt.index(new)].count("\n") + 1
    assert diagnose(language_server, spoilt) == [(line, said)]


def test_what_is_missing_is_said_of_its_entry(language_server: LanguageServer) -> None:
    assert diagnose(language_server, RULE) == [(6, 'Missing property "metric".')]
    assert diagnose(language_server, RULE + "    metric: psi\n    baseline: {window: 7d}\n") == [
        (6, 'Missing property "of".')
    ]


def test_the_schema_is_found_from_a_folder_below(language_server: LanguageServer) -> None:
    text = HEADING.replace("=.prism", "=../.prism") + "rules:\n  a: {source: x, metric: volume, fial: {below: 1}}\n"
    (language_server.workspace / "rulesets").mkdir(exist_ok=True)
    assert diagnose(language_server, text, "rulesets/surface.yaml") == [(6, "Property fial is not allowed.")]
