"""Coverage: which trials of a ruleset a run is, over findings written by hand, and how it is told."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from prism_rules.model.plan import Finding, Plan
from prism_rules.ruleset import load_ruleset
from prism_rules.ruleset.judgement import Settings
from prism_rules.ruletests.coverage import Coverage, measure_coverage
from prism_rules.ruletests.coverage.telling import list_coverage, write_coverage

# Plans from findings written by hand are made where plans are tested.
_SPEC = importlib.util.spec_from_file_location("planning_case", Path(__file__).parents[1] / "planning" / "case.py")
assert _SPEC is not None and _SPEC.loader is not None
case = sys.modules[_SPEC.name] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(case)

CLASSES = {"a": {}, "b": {}}


@dataclass(frozen=True)
class Run:
    plan: Plan
    findings: tuple[Finding, ...]


def measure(parts: Mapping[str, Any], folder: Path, *stories: Iterable[str]) -> Coverage:
    """Measure what stories try: each is findings, and before them decisions and the findings of earlier plans."""
    resolved = case.build_ruleset({"classes": {}, "causes": {}, "actions": {}} | parts)
    runs = []
    for number, story in enumerate(stories):
        told, findings = case.Story(resolved, folder / str(number)), []
        steps = [*story, "now"]
        for step in steps:
            if step in ("now", "then"):
                at = "2026-03-08" if step == "now" and "then" in steps else "2026-03-01"
                moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
                again = [text.removeprefix("again ") for text in findings if text.startswith("again ")]
                listed = [text for text in findings if not text.startswith("again ")]
                plan = told.plan(listed, as_of=at, again=again)
                if step == "now":
                    runs.append(Run(plan, tuple(case.read_finding(resolved, text, moment) for text in listed)))
                findings = []
            elif step.split()[0] in ("approved", "done", "rejected"):
                told.decide(step)
            else:
                findings.append(step)
    return measure_coverage(resolved, runs)


def tell(coverage: Coverage) -> list[str]:
    return [point.text for point in coverage.untried]


def test_a_rule_is_tried_by_each_level_that_it_has_and_by_a_pass(tmp_path: Path) -> None:
    parts = {"rules": {"r": {"by": ["class"]}}, "classes": CLASSES}
    coverage = measure(parts, tmp_path, ["r pass class=a 0.9"], ["r fail class=a 0.7"])
    assert tell(coverage) == [
        "r: never warned",
        "r: never tried exactly on its warn bound 0.80",
        "r: never tried exactly on its bound 0.75",
    ]
    assert coverage.count() == (4, 7)
    assert coverage.count("rules") == (2, 3)
    assert coverage.count("bounds") == (2, 4)


def test_what_is_not_judged_tries_nothing(tmp_path: Path) -> None:
    parts = {"rules": {"r": {"by": ["class"]}}, "classes": CLASSES}
    coverage = measure(parts, tmp_path, ["r insufficient class=a 0.75 n=3", "r no_data class=b n=0"])
    assert coverage.count() == (0, 7)


def test_a_value_on_a_bound_is_neither_beyond_it_nor_beside_it(tmp_path: Path) -> None:
    parts = {"rules": {"r": {"by": ["class"], "warn": None}}, "classes": CLASSES}
    assert "r: never tried exactly on its bound 0.75" in tell(
        measure(parts, tmp_path / "1", ["r pass class=a 0.750001"])
    )
    on = tell(measure(parts, tmp_path / "2", ["r pass class=a 0.75"]))
    assert on == ["r: never failed", "r: never tried beyond its bound 0.75"]


def test_a_waived_finding_counts_with_what_the_waiver_hides(tmp_path: Path) -> None:
    parts = {"rules": {"r": {"by": ["class"], "warn": None}}, "classes": CLASSES}
    coverage = measure(parts, tmp_path, ["r waived:fail class=a 0.7"])
    assert tell(coverage) == ["r: never passed", "r: never tried exactly on its bound 0.75"]


def test_bounds_of_a_class_are_tried_by_that_class_alone(tmp_path: Path) -> None:
    fail = {"below": 0.75, "per_class": {"b": 0.7}}
    parts = {"rules": {"r": {"by": ["class"], "warn": None, "fail": fail}}, "classes": CLASSES}
    coverage = measure(parts, tmp_path, ["r fail class=a 0.7", "r pass class=b 0.75", "r pass class=a 0.9"])
    assert tell(coverage) == [
        "r: never tried exactly on its bound 0.75",
        "r: never tried exactly on its bound 0.70 for b",
        "r: never tried beyond its bound 0.70 for b",
    ]


def test_a_bound_that_judges_no_declared_class_is_no_point(tmp_path: Path) -> None:
    fail = {"below": 0.75, "per_class": {"a": 0.6, "b": 0.7}}
    parts = {"rules": {"r": {"by": ["class"], "warn": None, "fail": fail}}, "classes": CLASSES}
    told = tell(measure(parts, tmp_path))
    assert not [text for text in told if "0.75" in text]
    assert "r: never tried exactly on its bound 0.60 for a" in told


def test_a_bound_between_two_values_that_are_shown_is_met_by_none(tmp_path: Path) -> None:
    # Values have six decimals.
    parts = {"rules": {"r": {"by": ["class"], "warn": {"below": 0.8000001}}}, "classes": CLASSES}
    exactly = [text for text in tell(measure(parts, tmp_path)) if "exactly" in text]
    assert exactly == ["r: never tried exactly on its bound 0.75"]


def test_a_bound_decides_where_something_narrower_turns_the_rule_on_again(tmp_path: Path) -> None:
    overrides = {
        "off": {"match": {"site": "s*"}, "enabled": False, "fail": {"below": 0.6}},
        "on": {"match": {"site": "s1"}, "enabled": True},
    }
    rule = {"by": ["site"], "warn": None, "overrides": overrides}
    assert "r: never tried beyond its bound 0.60 for s*" in tell(measure({"rules": {"r": rule}}, tmp_path))


def test_a_bound_that_judges_no_measured_column_is_no_point(tmp_path: Path) -> None:
    columns = {name: {"match": {"of": name}, "fail": {"above": 5}} for name in ("brightness", "contrast")}
    rule = {"metric": "mean", "of": [*columns], "warn": None, "fail": {"above": 7}, "overrides": columns}
    told = tell(measure({"rules": {"r": rule}}, tmp_path))
    assert "r: never tried beyond its bound 5 for brightness" in told
    assert not [text for text in told if "bound 7" in text]


def test_bounds_of_a_thousand_classes_cost_a_look_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    rank = Settings.rank_fitting
    monkeypatch.setattr(Settings, "rank_fitting", lambda self, scope: asked.append(scope) or rank(self, scope))
    names = [f"c{n}" for n in range(1_200)]
    rule = {"by": ["class"], "warn": None, "fail": {"below": 0.7, "per_class": dict.fromkeys(names, 0.6)}}
    coverage = measure({"rules": {"r": rule}, "classes": {name: {} for name in names}}, tmp_path)
    # Passed and failed; on and beyond the bound of each class; the rule's own judges none.
    assert coverage.count() == (0, 2 + 2 * len(names))
    assert len(asked) <= len(names)


def test_distances_from_a_baseline_have_an_end_on_each_side(tmp_path: Path) -> None:
    rule = {"by": ["class"], "baseline": {"window": "28d"}, "warn": None, "fail": {"change": 0.1}}
    parts = {"rules": {"r": rule}, "classes": CLASSES}
    # 0.7 - 0.8 is -0.10000000000000009 in binary; both ends are met where it counts, at six decimals.
    coverage = measure(parts, tmp_path, ["r pass class=a 0.7 base=0.8", "r fail class=b 0.95 base=0.8"])
    assert tell(coverage) == [
        "r: never tried beyond its drop of 0.10",
        "r: never tried exactly on its rise of 0.10",
    ]


def test_a_share_of_the_baseline_is_a_bound_of_its_own_at_every_scope(tmp_path: Path) -> None:
    rule = {"by": ["class"], "baseline": {"window": "28d"}, "warn": None, "fail": {"drop": "10%"}}
    parts = {"rules": {"r": rule}, "classes": CLASSES}
    coverage = measure(parts, tmp_path, ["r pass class=a 0.72 base=0.8"])
    assert tell(coverage) == ["r: never failed", "r: never tried beyond its drop of 10%"]


def test_no_statistic_of_a_series_has_to_be_exactly_on_a_bound(tmp_path: Path) -> None:
    series = {"every": "1d", "over": "30d", "test": "cusum", "reference": "30d"}
    parts = {"rules": {"r": {"by": ["class"], "warn": None, "fail": {"above": 5}, "series": series}}}
    assert tell(measure(parts, tmp_path)) == [
        "r: never passed", "r: never failed", "r: never tried beyond its bound 5"
    ]  # fmt: skip


OVERRIDES = {
    "low": {"match": {"class": "a"}, "min_n": 5},
    "off": {"match": {"class": "b"}, "enabled": False},
}


def test_an_override_is_tried_where_it_decides(tmp_path: Path) -> None:
    parts = {"rules": {"r": {"by": ["class"], "overrides": OVERRIDES}, "s": {"by": ["class"]}}, "classes": CLASSES}
    texts = ("r: override low never decided anything", "r: never met b, where override off turns it off")
    assert [text for text in texts if text in tell(measure(parts, tmp_path / "1", ["s pass class=a 0.9"]))] == [*texts]
    met = tell(measure(parts, tmp_path / "2", ["r pass class=a 0.9", "s pass class=b 0.9"]))
    assert not [text for text in texts if text in met]


def test_where_no_other_rule_looks_nobody_can_see_that_a_rule_is_off(tmp_path: Path) -> None:
    parts = {"rules": {"r": {"by": ["class"], "overrides": OVERRIDES}, "s": {"by": ["site"]}}, "classes": CLASSES}
    assert measure(parts, tmp_path).count("overrides") == (0, 1)


CAUSE = {
    "rules": {"x": {"by": ["class"]}, "y": {"by": ["class"]}, "z": {"by": ["class"]}, "u": {"by": ["class"]}},
    "causes": {"c": {"by": ["class"], "when": {"all": ["x"], "any": ["y", "z"], "none": ["u"]}, "against": ["z"]}},
    "classes": CLASSES,
}
LEAVES = [
    "c: never diagnosed",
    "c: never found absent",
    "c: never absent for want of x alone",
    "c: never diagnosed with y as evidence",
    "c: never diagnosed with z as evidence",
    "c: never ruled out by u",
    "c: never diagnosed with z against it",
]


@pytest.mark.parametrize(
    ("findings", "tried"),
    [
        ("x fail y fail z pass u pass", [0, 3]),
        ("x fail y fail z fail u pass", [0, 3, 4, 6]),
        ("x pass y fail z pass u pass", [1, 2]),
        # Without x it would not hold either.
        ("x pass y pass z pass u pass", [1]),
        ("x fail y pass z pass u pass", [1]),
        ("x fail y fail z pass u fail", [1, 5]),
        # Nobody knows whether u rules it out.
        ("x fail y fail z pass u unsure", []),
        ("x unsure y fail z pass u pass", [2]),
        # A rule that is off is no trial of the cause's absence.
        ("x pass y pass z pass", []),
    ],
)
def test_rules_of_causes_are_tried_where_they_alone_decide(findings: str, tried: list[int], tmp_path: Path) -> None:
    words = findings.split()
    listed = [f"{rule} {status} class=a 0.5" for rule, status in zip(words[::2], words[1::2], strict=True)]
    told = tell(measure(CAUSE, tmp_path, listed))
    assert [place for place, text in enumerate(LEAVES) if text not in told] == tried


def test_a_cause_is_absent_at_one_place_while_it_is_diagnosed_at_another(tmp_path: Path) -> None:
    parts = {"rules": {"x": {"by": ["class"]}}, "causes": {"c": {"by": ["class"], "when": {"all": ["x"]}}}}
    coverage = measure({**parts, "classes": CLASSES}, tmp_path, ["x fail class=a 0.5", "x pass class=b 0.9"])
    assert coverage.count("causes") == (2, 2)


GATED = {
    "rules": {"agreement": {"by": ["class"]}, "confidence": {"by": ["class"]}},
    "causes": {
        "split": {"by": ["class"], "when": {"all": ["agreement"]}},
        "weak": {"by": ["class"], "when": {"all": ["confidence"]}},
    },
    "actions": {
        "train": {"for": ["split"], "by": ["class"], "done_when": ["agreement"]},
        "relabel": {"for": ["split", "weak"], "by": ["class"], "requires": ["agreement"], "after": ["train"]},
    },
    "classes": CLASSES,
}
SPLIT = ["agreement fail class=a 0.6", "confidence fail class=a 0.6"]
GATES = [
    "train: agreement never held after the work",
    "train: agreement never missed after the work",
    "relabel: its gate agreement never open",
    "relabel: its gate agreement never shut",
    "relabel: never waited for train",
    "relabel: never went on after train",
]


@pytest.mark.parametrize(
    ("story", "tried"),
    [
        (SPLIT, [3]),
        (["agreement pass class=a 0.9", "confidence fail class=a 0.6"], [2]),
        # A gate that is shut because its rule is off says nothing of the gate.
        (["confidence fail class=a 0.6"], []),
        ([*SPLIT, "then", "approved train class=a 2026-03-02", *SPLIT], [4]),
        (
            [*SPLIT, "then", "approved train class=a 2026-03-02", "done train class=a 2026-03-03", *SPLIT,
             "again agreement class=a 0.9"],
            [0, 2, 5],
        ),
        (
            [*SPLIT, "then", "approved train class=a 2026-03-02", "done train class=a 2026-03-03", *SPLIT,
             "again agreement class=a 0.6"],
            [1, 4],
        ),
        # Too few rows since it was done are no trial of its acceptance.
        (
            [*SPLIT, "then", "approved train class=a 2026-03-02", "done train class=a 2026-03-03", *SPLIT,
             "again agreement class=a 0.9 n=3"],
            [3, 5],
        ),
    ],
)  # fmt: skip
def test_gates_are_tried_open_and_shut(story: list[str], tried: list[int], tmp_path: Path) -> None:
    told = tell(measure(GATED, tmp_path, story))
    assert [place for place, text in enumerate(GATES) if text not in told] == tried


@pytest.mark.parametrize(("fields", "counted"), [({}, False), ({"time": "at"}, True)])
def test_acceptance_that_no_test_can_measure_is_left_out(fields: dict[str, str], counted: bool, tmp_path: Path) -> None:
    sites = {"source": "set", "metric": "diversity", "of": ["site"], "warn": {"below": 3}, "fail": {"below": 2}}
    parts = {
        **GATED,
        "sources": {
            "set": {"role": "training", "fields": {"id": "id", "class": "class", **fields}, "dimensions": ["site"]}
        },
        "rules": {
            **GATED["rules"],
            "agreement": {"by": ["class"], **sites},
        },
    }
    told = tell(measure(parts, tmp_path, SPLIT))
    assert [text in told for text in GATES] == [counted, counted, True, False, True, True]


def test_experimental_rules_alone_never_shut_a_gate(tmp_path: Path) -> None:
    rules = {**GATED["rules"], "agreement": {"by": ["class"], "status": "experimental"}}
    assert GATES[3] not in tell(measure({**GATED, "rules": rules}, tmp_path))


def test_it_is_told_by_place_with_the_share_of_each_kind(tmp_path: Path) -> None:
    parts = {"rules": {"r": {"by": ["class"], "warn": None}}, "classes": CLASSES}
    coverage = measure(parts, tmp_path, ["r fail class=a 0.7"])
    assert write_coverage(coverage) == (
        "coverage of trial\n"
        "  rules      50%  1 of 2\n"
        "  bounds     50%  1 of 2\n"
        "  all        50%  2 of 4\n"
        "never tried\n"
        "  r: never passed (trial.yaml:1)\n"
        "  r: never tried exactly on its bound 0.75 (trial.yaml:1)\n"
    )
    listed = list_coverage(coverage)
    assert (listed["ruleset"], listed["tried"], listed["points"], listed["percent"]) == ("trial", 2, 4, 50)
    assert listed["kinds"]["bounds"] == {"tried": 1, "points": 2, "percent": 50}
    assert [point["id"] for point in listed["untried"]] == ["rules.r#passed", "rules.r.fail.below#on-low"]


def test_a_share_is_under_another_only_if_it_is_less(tmp_path: Path) -> None:
    parts = {"rules": {"r": {"by": ["class"], "warn": None}}, "classes": CLASSES}
    coverage = measure(parts, tmp_path, ["r fail class=a 0.7"])
    assert [coverage.falls_under(percent) for percent in (49, 50, 50.1)] == [False, False, True]
    nothing = Coverage("empty", (), frozenset())
    assert (nothing.count(), nothing.falls_under(100)) == ((0, 0), False)


def test_the_points_of_the_example_are_those_that_can_be_counted_in_it() -> None:
    example = Path(__file__).parents[2] / "examples" / "glare" / "surface-inspection.yaml"
    coverage = measure_coverage(load_ruleset(example), [])
    # Three outcomes of the three rules that warn, and two of the other five, `turnaround` among them.
    assert coverage.count("rules") == (0, 3 * 3 + 5 * 2)
    # On and beyond each of: two of both confidences; warn, fail, dent and edge-* of agreement; one of each other rule.
    assert coverage.count("bounds") == (0, 2 * (2 * 2 + 4 + 5))
    assert coverage.count("overrides") == (0, 1)
    # Each cause diagnosed and absent, and the five rules of the first and the two of the last.
    assert coverage.count("causes") == (0, 3 * 2 + 5 + 2)
    # Two for one gate, three predecessors and four acceptances.
    assert coverage.count("gates") == (0, 2 * (1 + 3 + 4))
    assert len({point.id for point in coverage.points}) == coverage.count()[1]
