"""What a test expects can fail, field by field, and what it does not list may not be there."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from prism_rules.pipeline import Outcome
from prism_rules.ruletests.comparing import Difference, compare
from prism_rules.ruletests.running import Runner

from .conftest import HEAD, RULESET, Bench
from .whole import WHOLE


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "press.yaml").write_text(RULESET, "utf-8")
    bench = Bench(folder)
    suite = bench.read(WHOLE)
    with Runner() as runner:
        trials = [runner.run(suite, case) for case in suite.cases]
    assert [trial.differences for trial in trials] == [(), ()]
    assert trials[1].outcome is not None
    return trials[1].outcome


def find_differences(bench: Bench, outcome: Outcome, tests: str) -> Sequence[Difference]:
    """Compare what came out of the whole test with what another text expects of it."""
    suite = bench.read(tests)
    return list(compare(suite.cases[1], outcome, suite.source))


MUTATIONS = [
    # entry, field, as it is, another
    ("rule: low-confidence\n          scope: {class: dent", "status", "status: fail", "status: warn"),
    ("rule: low-confidence\n          scope: {class: dent", "value", "value: 0.62", "value: 0.63"),
    ("rule: low-confidence\n          scope: {class: dent", "value", "value: 0.62", "value: 0.620001"),
    ("rule: low-confidence\n          scope: {class: dent", "value", "value: 0.62", "value: null"),
    ("rule: low-confidence\n          scope: {class: dent", "support", "support: 20", "support: 21"),
    ("rule: low-confidence\n          scope: {class: dent", "change", "change: worse", "change: new"),
    ("rule: low-confidence\n          scope: {class: ok", "status", "status: waived", "status: fail"),
    ("rule: low-confidence\n          scope: {class: ok", "hides", "hides: fail", "hides: warn"),
    ("rule: confidence-falls\n          scope: {class: dent", "baseline", "baseline: 0.75", "baseline: 0.74"),
    ("rule: confidence-falls\n          scope: {class: ok", "status", "status: no_data", "status: insufficient"),
    ("rule: confidence-falls\n          scope: {class: ok", "reason", "reason: no_baseline", "reason: no_rows"),
    ("rule: overridden-again", "status", "status: unsure", "status: fail"),
    ("rule: overridden-again", "unsure_of", "unsure_of: fail", "unsure_of: warn"),
    ("rule: overridden-again", "reason", "reason: streak 1 of 2", "reason: streak 2 of 2"),
    ("cause: unsure-model\n          scope: {class: dent", "verdict", "verdict: diagnosed", "verdict: undetermined"),
    ("cause: unsure-model\n          scope: {class: dent", "head", "head: true", "head: false"),
    ("cause: unsure-model\n          scope: {class: dent", "at", "at: []", "at: [{class: dent}]"),
    ("cause: unsure-model\n          scope: {class: dent", "text", "not sure of dent", "sure of dent"),
    ("cause: unsure-model\n          scope: {class: ok", "verdict", "verdict: waived", "verdict: diagnosed"),
    ("cause: split", "head", "head: false", "head: true"),
    ("action: look", "state", "state: open", "state: proposed"),
    ("action: look", "overdue", "overdue: false", "overdue: true"),
    ("action: look", "title", "title: Look at what", "title: Look who"),
    ("action: look", "steps", "2. Say what", "3. Say what"),
    ("action: look", "owner", '"@org/reliability"', '"@org/dents"'),
    ("action: look", "due", "due: 2026-03-01", "due: 2026-03-02"),
    ("action: look", "rows", "rows: 5", "rows: 6"),
    ("action: recalibrate", "overdue", "overdue: true", "overdue: false"),
    ("action: recalibrate", "blocked_by", "blocked_by: []", "blocked_by: [{rule: class-agreement}]"),
    ("action: relabel", "state", "state: blocked", "state: closed"),
    ("action: relabel", "blocked_by", "because: fails", "because: unsure"),
    ("action: relabel", "blocked_by", "rule: class-agreement", "rule: low-confidence"),
    ("action: relabel", "blocked_by", "rule: class-agreement, because: fails", "action: recalibrate"),
]  # fmt: skip


def mutate(entry: str, old: str, new: str) -> str:
    start = WHOLE.index(entry, WHOLE.index("name: whole"))
    assert old in WHOLE[start:]
    return WHOLE[:start] + WHOLE[start:].replace(old, new, 1)


@pytest.mark.parametrize(("entry", "field", "old", "new"), MUTATIONS, ids=lambda part: part.replace("\n", " "))
def test_every_field_that_is_expected_can_fail(
    bench: Bench, outcome: Outcome, entry: str, field: str, old: str, new: str
) -> None:
    (difference,) = find_differences(bench, outcome, mutate(entry, old, new))
    assert (difference.what, difference.fields) == ("differs", (field,))
    assert difference.expected != difference.actual


def test_every_field_of_an_expectation_is_among_the_mutations() -> None:
    from prism_rules.model.ruletest import ExpectedAction, ExpectedCause, ExpectedFinding

    models = (ExpectedFinding, ExpectedCause, ExpectedAction)
    fields = {name for model in models for name in model.model_fields}
    assert {field for _, field, _, _ in MUTATIONS} == fields - {"rule", "cause", "action", "scope"}


@pytest.mark.parametrize(
    ("entry", "old", "new", "kind"),
    [
        ("rule: low-confidence\n          scope: {class: dent", "site: p1", "site: p2", "findings"),
        ("cause: unsure-model\n          scope: {class: dent", "class: dent", "class: scratch", "causes"),
        ("action: look\n", "site: p1", "site: p2", "actions"),
    ],
)
def test_another_place_is_missing_and_this_one_is_not_expected(
    bench: Bench, outcome: Outcome, entry: str, old: str, new: str, kind: str
) -> None:
    differences = find_differences(bench, outcome, mutate(entry, old, new))
    assert [(d.kind, d.what) for d in differences] == [(kind, "missing"), (kind, "unexpected")]
    assert (differences[0].actual, differences[1].expected) == ({}, {})


def expect(text: str) -> str:
    """Let the whole test expect something else."""
    start = WHOLE.index("    expect:", WHOLE.index("name: whole"))
    return WHOLE[:start] + f"    expect: {text}\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{findings: []}", 6),
        ("{causes: []}", 3),
        ("{actions: []}", 3),
        ("{actions: [], causes: []}", 6),
        ("{actions: [], partial: true}", 0),
        ("{causes: [split], partial: true}", 0),
        ("{causes: [split]}", 2),
        ("{findings: [{rule: class-agreement, status: fail}], partial: true}", 0),
    ],
)
def test_what_is_not_listed_may_not_be_there_in_a_listed_kind(
    bench: Bench, outcome: Outcome, text: str, found: int
) -> None:
    differences = find_differences(bench, outcome, expect(text))
    assert [difference.what for difference in differences] == ["unexpected"] * found


def test_a_test_that_lists_nothing_fails(bench: Bench, outcome: Outcome) -> None:
    assert [difference.what for difference in find_differences(bench, outcome, expect("{}"))] == ["nothing"]


@pytest.mark.parametrize(
    ("text", "differs"),
    [
        # dent at p1 fails, ok at p9 is waived; the wider entry answers for what no other names
        ("{rule: low-confidence, status: fail}, {rule: low-confidence, scope: {site: p9}, status: waived}", []),
        ("{rule: low-confidence, status: fail}", [("differs", "by agreeing")]),
        ("{rule: low-confidence, status: warn}", [("differs", "by differing")] * 2),
        ("{rule: low-confidence, status: waived}, {rule: low-confidence, status: fail}", []),
        ("{rule: low-confidence, scope: {class: dent}, status: pass}", [("differs", "")]),
        # a pass answers a narrow expectation, and no wide one
        ("{rule: class-agreement, scope: {class: scratch}, status: fail}", [("differs", "")]),
        ("{rule: class-agreement, scope: {class: ok}, status: no_data}", []),
        ("{rule: overridden-again, scope: {site: p9}, status: pass, value: 0}", []),
    ],
)
def test_scopes_may_be_wider(bench: Bench, outcome: Outcome, text: str, differs: list[tuple[str, str]]) -> None:
    differences = find_differences(bench, outcome, expect(f"{{findings: [{text}], partial: true}}"))
    assert [(difference.what, difference.shared) for difference in differences] == differs


@pytest.mark.parametrize(
    ("written", "passes"),
    # 1 - 63 * 10 / (30 * 34) = 0.382353, rounded half to even
    [("0.38", True), ("0.382", True), ("0.3824", True), ("0.382353", True), ("0.4", True), ("0", True),
     ("0.39", False), ("0.383", False), ("0.3823", False), ("0.3820", False), ("1", False)],
)  # fmt: skip
def test_values_compare_at_the_decimals_that_are_written(
    bench: Bench, outcome: Outcome, written: str, passes: bool
) -> None:
    entry = f"{{rule: class-agreement, scope: {{class: dent}}, status: fail, value: {written}}}"
    differences = find_differences(bench, outcome, expect(f"{{findings: [{entry}], partial: true}}"))
    assert (not differences) is passes


def test_places_that_are_only_declared_need_not_be_expected(bench: Bench) -> None:
    # Of the three classes only one has rows; and a class that the baseline alone has is spoken of.
    (trial,) = bench.run("""\
  - name: one class
    as_of: 2026-03-01
    data:
      predictions: {generate: [{rows: 20, with: {class: dent, site: p1, confidence: 0.9}}]}
      validation-run: {generate: [{rows: 20, with: {class: [dent, scratch], confidence: 0.9}}]}
    expect: {findings: [], actions: []}
""")
    told = {d.actual["rule"]: d.actual["scope"] for d in trial.differences}
    assert told == {"overridden-again": {"site": "p1"}, "confidence-falls": {"class": "scratch"}}


def test_the_file_of_the_whole_test_is_what_it_seems(bench: Bench) -> None:
    assert bench.write(WHOLE).read_text("utf-8").startswith(HEAD)
