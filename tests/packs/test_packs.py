"""The packs that ship: each is used by an example of a few lines, and its rule tests find each cause that it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from prism_rules.cli import run
from prism_rules.ruleset import load_ruleset
from prism_rules.ruletests.reading import read_suite
from prism_rules.ruletests.running import run_suites

ROOT = Path(__file__).parents[2]
PACKS = sorted(path.parent for path in (ROOT / "rulesets").glob("*/ruleset.yaml"))
CAUSES = {
    "drift", "stale_validation", "ambiguous_labels", "missing_coverage",
    "capture_change", "taxonomy_pressure", "process_misalignment",
}  # fmt: skip


def test_prism_core_has_a_cause_of_each_kind_and_rules_over_each_role() -> None:
    core = load_ruleset(ROOT / "rulesets/prism-core/example.yaml")
    assert {cause.kind for cause in core.model.causes.values()} == CAUSES
    roles = {core.model.sources[rule.source].role for rule in core.model.rules.values()}
    assert roles == {"predictions", "annotations", "training", "validation", "feedback"}
    assert core.off == () and core.warnings == ()


@pytest.mark.parametrize("pack", PACKS, ids=lambda path: path.name)
def test_a_pack_s_tests_pass_and_diagnose_each_of_its_causes(pack: Path) -> None:
    suite = read_suite(pack / "ruleset.test.yaml")
    trials = run_suites([suite])
    assert [trial.case.test.name for trial in trials if not trial.passed] == []
    diagnosed = {
        diagnosis.cause
        for trial in trials for diagnosis in trial.outcome.plan.diagnoses
        if diagnosis.verdict == "diagnosed"
    }  # fmt: skip
    assert diagnosed == {*suite.resolved.model.causes}


@pytest.mark.parametrize("kept", ["predictions", "annotations", "training", "validation", "feedback"])
def test_what_there_is_no_data_for_is_off(kept: str, tmp_path: Path) -> None:
    lines = (ROOT / "rulesets/prism-core/example.yaml").read_text("utf-8").splitlines()
    sources = ("predictions", "annotations", "training", "validation", "feedback")
    start = next(index for index, line in enumerate(lines) if line == "sources:")
    end = next(index for index, line in enumerate(lines) if line.startswith("classes:"))
    entry, own = "", []
    for line in lines[start + 1 : end]:
        entry = next((name for name in sources if line.startswith(f"  {name}:")), entry)
        own += [line] if entry == kept else []
    path = tmp_path / "ruleset.yaml"
    path.write_text("\n".join([*lines[: start + 1], *own, *lines[end:], ""]), "utf-8")
    assert run(["check", str(path)]) == 0
    core = load_ruleset(path)
    assert {rule.source for rule in core.model.rules.values()} <= {kept}
    assert core.off


def test_files_that_ship_are_in_canonical_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fmt", "--check", str(ROOT / "rulesets"), str(ROOT / "examples")]) == 0, capsys.readouterr()
