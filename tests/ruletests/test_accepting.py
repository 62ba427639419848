"""`--accept`: what came out is written into the file, nothing else is touched, and the next run passes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from prism_rules.cli import run
from prism_rules.diagnostics import Refused
from prism_rules.ruletests.accepting import accept_trials, rewrite
from prism_rules.ruletests.comparing import compare
from prism_rules.ruletests.reading import read_suite
from prism_rules.ruletests.running import Runner

from .conftest import HEAD, RULESET, Bench
from .test_comparing import MUTATIONS, mutate
from .whole import WHOLE


@pytest.fixture(scope="module")
def shared() -> Iterator[Runner]:
    """A runner that evaluates the same tests once, whatever they expect."""
    with Runner() as runner:
        yield runner


@pytest.fixture
def runner() -> Iterator[Runner]:
    with Runner() as runner:
        yield runner


def accept(bench: Bench, runner: Runner, tests: str) -> str:
    """Accept what comes out of tests, see that they pass then, and give the text of the tests."""
    suite = bench.read(tests)
    trials = [runner.run(suite, case) for case in suite.cases]
    text = rewrite(suite.source, [trial for trial in trials if trial.differences])
    assert text.startswith(HEAD)
    again = bench.read(text.removeprefix(HEAD))
    for case, trial in zip(again.cases, trials, strict=True):
        assert trial.outcome is not None
        assert list(compare(case, trial.outcome, again.source)) == []
    return text.removeprefix(HEAD)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("home")
    (folder / "press.yaml").write_text(RULESET, "utf-8")
    return Bench(folder)


@pytest.mark.parametrize(("entry", "field", "old", "new"), MUTATIONS, ids=lambda part: part.replace("\n", " "))
def test_a_field_that_differs_is_put_right_and_nothing_else(
    home: Bench, shared: Runner, entry: str, field: str, old: str, new: str
) -> None:
    mutated = mutate(entry, old, new)
    accepted = accept(home, shared, mutated)
    untouched = [line for line in WHOLE.splitlines() if line in mutated.splitlines()]
    assert [line for line in untouched if line not in accepted.splitlines()] == []
    if field not in ("blocked_by", "steps") and new != "value: 0.620001":
        assert accepted == WHOLE


def test_a_value_keeps_the_decimals_that_were_written(home: Bench, shared: Runner) -> None:
    mutated = WHOLE.replace("value: 0.382", "value: 0.5000").replace("value: 0.500\n", "value: 0.20\n")
    accepted = accept(home, shared, mutated)
    assert "value: 0.3824\n" in accepted
    assert "value: 0.50\n" in accepted


def test_what_is_missing_goes_and_what_was_not_expected_comes(bench: Bench, runner: Runner) -> None:
    accepted = accept(
        bench,
        runner,
        """\
  # Why this is so.
  - name: one
    as_of: 2026-03-01   # a Sunday
    data:
      predictions: {generate: [{rows: 20, with: {class: dent, site: p1, confidence: 0.6149, overridden: false}}]}
    expect:
      findings:
        # of a place that has no rows
        - {rule: low-confidence, scope: {class: dent, site: p2}, status: fail}   # gone
        - {rule: low-confidence, scope: {class: dent, site: p1}, status: fail, value: 0.70}   # stays
      causes: [split]
      actions: []
""",
    )
    assert (
        accepted
        == """\
  # Why this is so.
  - name: one
    as_of: 2026-03-01   # a Sunday
    data:
      predictions: {generate: [{rows: 20, with: {class: dent, site: p1, confidence: 0.6149, overridden: false}}]}
    expect:
      findings:
        - {rule: low-confidence, scope: {class: dent, site: p1}, status: fail, value: 0.61}   # stays
      causes: [{cause: unsure-model, scope: {class: dent, site: p1}}]
      actions:
        - {action: look, scope: {site: p1}, state: proposed}
        - {action: relabel, scope: {class: dent}, state: blocked}
"""
    )


ONE = """\
  - name: one
    as_of: 2026-03-01
    data:
      predictions:
        generate:
          - {rows: 20, with: {class: dent, site: p1, confidence: 0.6, overridden: false}}
          - {rows: 20, with: {class: dent, site: p2, confidence: 0.75, overridden: false}}
"""


def test_a_test_that_expects_nothing_is_filled_in(bench: Bench, runner: Runner) -> None:
    accepted = accept(bench, runner, ONE + "    expect: {}\n")
    assert "- {rule: low-confidence, scope: {class: dent, site: p1}, status: fail, value: 0.60}" in accepted
    assert "- {rule: low-confidence, scope: {class: dent, site: p2}, status: warn, value: 0.75}" in accepted
    assert "{action: look, scope: {site: p1}, state: proposed}" in accepted


def test_what_shares_an_expectation_gets_one_of_its_own(bench: Bench, runner: Runner) -> None:
    accepted = accept(bench, runner, ONE + "    expect:\n      findings: [{rule: low-confidence, status: fail}]\n")
    assert "{rule: low-confidence, status: fail}" in accepted
    assert "{rule: low-confidence, scope: {class: dent, site: p2}, status: warn}" in accepted
    with Runner() as another:
        accepted = accept(bench, another, ONE + "    expect:\n      findings: [{rule: low-confidence, status: pass}]\n")
    assert "status: pass" not in accepted
    assert accepted.count("low-confidence") == 2


@pytest.mark.parametrize(
    ("causes", "kept"),
    [
        (
            """\
        # first
        - split   # beside
""",
            """\
        # first
        - {cause: unsure-model, scope: {class: dent, site: p1}} # beside
""",
        ),
        (
            """\
        # goes with its entry
        - split   # and so does this
        # its own name before any other
        - cause: unsure-model   # who
          scope: {class: ok}   # where
""",
            """\
        # its own name before any other
        - cause: unsure-model   # who
          scope: {class: dent, site: p1}   # where
""",
        ),
        (
            """\
        # in one line
        - {cause: unsure-model, scope: {class: dent, site: p2}}   # beside
""",
            """\
        # in one line
        - {cause: unsure-model, scope: {class: dent, site: p1}}   # beside
""",
        ),
    ],
)
def test_comments_stay_at_entries_that_are_replaced(bench: Bench, runner: Runner, causes: str, kept: str) -> None:
    before = """\
  - name: one
    as_of: 2026-03-01
    data:
      predictions: {generate: [{rows: 20, with: {class: dent, site: p1, confidence: 0.6149, overridden: false}}]}
    expect:
      causes:
"""
    assert accept(bench, runner, before + causes) == before + kept


def test_a_bare_cause_gets_its_verdict(bench: Bench, runner: Runner) -> None:
    accepted = accept(
        bench,
        runner,
        """\
  - name: waived
    as_of: 2026-03-01
    data: {predictions: {generate: [{rows: 20, with: {class: ok, site: p9, confidence: 0.6, overridden: false}}]}}
    expect: {causes: [unsure-model]}
""",
    )
    assert "{cause: unsure-model, verdict: waived}" in accepted


def test_the_command_writes_files_and_says_how_much(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.write(ONE + "    expect: {findings: []}\n")
    assert bench.call(".") == 1
    assert bench.call(".", "--accept") == 0
    told = capsys.readouterr()
    assert "wrote 2 changes into press.test.yaml" in told.err
    assert bench.call(".") == 0


def test_line_ends_and_marks_of_a_file_stay_and_what_was_saved_meanwhile_too(bench: Bench, runner: Runner) -> None:
    path = bench.write(WHOLE.replace("value: 0.382", "value: 0.500"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    suite = read_suite(path)
    trials = [runner.run(suite, case) for case in suite.cases]
    assert [place for place, _ in accept_trials(trials)] == [path]
    written = path.read_bytes()
    assert written == b"\xef\xbb\xbf" + (HEAD + WHOLE).encode().replace(b"\n", b"\r\n")
    with pytest.raises(Refused, match="file-changed") as refused:
        list(accept_trials(trials))
    assert refused.value.exit_code == 7
    assert path.read_bytes() == written


def test_a_cause_that_says_nothing_is_expected_to_say_nothing(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    labels = "{annotations: {generate: [{units: 20, labels: [dent, scratch]}]}}"
    causes = 'causes: [{cause: split, scope: {class: dent}, text: "reviewers differ"}]'
    bench.write(f"  - {{name: one, as_of: 2026-03-01, data: {labels}, expect: {{{causes}, partial: true}}}}\n")
    assert bench.call(".", "--accept") == 0
    assert "wrote 1 change into press.test.yaml" in capsys.readouterr().err
    assert 'causes: [{cause: split, scope: {class: dent}, text: ""}]' in bench.path.read_text("utf-8")


SEVERAL = """\
      causes:
        # Ana: see DQ-1
        - split  # all of them
        - {cause: unsure-model, verdict: diagnosed}
      findings:
        # Ana: see DQ-1
        - {rule: class-agreement, status: fail, value: 0.900}  # keep me
        # the other
        - {rule: low-confidence, status: warn}
      actions:
        - {action: recalibrate, state: done}   # first
        - {action: relabel, state: blocked}
      partial: true
"""


def test_the_first_of_several_keeps_the_expectation_and_its_comments(bench: Bench, runner: Runner) -> None:
    tests = """\
  - name: one
    as_of: 2026-03-01
    data:
      annotations: {generate: [{units: 20, labels: [dent, scratch]}, {units: 40, labels: [dent, dent]}]}
      predictions: {generate: [{rows: 20, with: {class: ok, site: p9, confidence: 0.6, overridden: false}}]}
    expect:
"""
    accepted = accept(bench, runner, tests + SEVERAL.replace("warn}", "waived}").replace("diagnosed}", "waived}"))
    # Of 120 labels 40 meet another one; by chance it were 2 * 100 * 20 / 119: alpha is 1 - 40 / 33.61 of both.
    assert (
        accepted
        == tests
        + """\
      causes:
        # Ana: see DQ-1
        - split  # all of them
        - {cause: unsure-model, verdict: waived}
      findings:
        # Ana: see DQ-1
        - {rule: class-agreement, status: fail, value: -0.190, scope: {class: dent}}  # keep me
        # the other
        - {rule: low-confidence, status: waived}
        - {rule: class-agreement, scope: {class: scratch}, status: fail, value: -0.190}
      actions:
        - {action: recalibrate, state: proposed, scope: {class: dent}}   # first
        - {action: relabel, state: blocked}
        - {action: recalibrate, scope: {class: scratch}, state: proposed}
      partial: true
"""
    )


LONG = """\
  - name: one
    as_of: 2026-03-01
    data:
      predictions:
        generate:
          - {rows: 30, with: {class: [dent, scratch, ok], site: [p1, p2, p3], confidence: 0.6, overridden: false}}
"""


def test_a_list_that_is_too_long_for_its_line_is_written_in_lines(bench: Bench, runner: Runner) -> None:
    findings = "[{rule: low-confidence,   status: fail, value: 0.70}]"
    accepted = accept(bench, runner, LONG + f"    expect: {{partial: true, findings: {findings}}} # all\n")
    assert (
        accepted
        == LONG
        + """\
    expect: # all
      partial: true
      findings:
        - {rule: low-confidence, status: fail, value: 0.60, scope: {class: dent, site: p1}}
        - {rule: low-confidence, scope: {class: ok, site: p3}, status: fail, value: 0.60}
        - {rule: low-confidence, scope: {class: scratch, site: p2}, status: fail, value: 0.60}
"""
    )


def test_what_was_canonical_stays_canonical(bench: Bench) -> None:
    bench.write(LONG + "    expect: {findings: [{rule: low-confidence, status: fail, value: 0.70}], causes: []}\n")
    assert run(["fmt", "press.test.yaml"]) == 0
    assert bench.call(".", "--accept") == 0
    assert run(["fmt", "--check", "press.test.yaml"]) == 0
    assert "- {rule: low-confidence, scope: {class: ok, site: p3}, status: " in bench.path.read_text("utf-8")


@pytest.mark.parametrize("text", ["tests: [", HEAD + ONE + "    expect: {findings: []}\n"])
def test_what_would_not_pass_is_not_written(bench: Bench, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    bench.write(ONE + "    expect: {findings: []}  # mine\n")
    before = bench.path.read_bytes()
    monkeypatch.setattr("prism_rules.ruletests.accepting.rewrite", lambda *_: text)
    assert bench.call(".", "--accept") == 8
    assert bench.path.read_bytes() == before


def test_line_ends_stay(bench: Bench) -> None:
    text = HEAD + ONE + "    expect: {findings: []}\n"
    bench.path.write_bytes(text.replace("\n", "\r\n").encode())
    assert bench.call(".", "--accept") == 0
    assert bench.path.read_bytes().replace(b"\r\n", b"").count(b"\n") == 0
