"""Reports: how tests ended, for programs: JUnit's XML, JSON, and annotations of a GitHub workflow."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from prism_rules.diagnostics import Spot
from prism_rules.diagnostics.annotations import Annotation, write_annotations
from prism_rules.escaping import show_invisible
from prism_rules.model.frozen import API_VERSION
from prism_rules.render.junit.suites import Case, Kind, write_suites
from prism_rules.ruletests.running import Trial
from prism_rules.ruletests.telling import find_line, list_notes, list_suites, tell_failure
from prism_rules.source import find_label


def write_json(trials: Sequence[Trial], coverage: Sequence[Mapping[str, Any]] = ()) -> str:
    """Write one JSON object (``kind: TestReport``): how many passed, every test with its differences, and the coverage
    of each ruleset where it was asked for."""
    passed = sum(trial.passed for trial in trials)
    document = {
        "apiVersion": API_VERSION,
        "kind": "TestReport",
        "counts": {"passed": passed, "failed": len(trials) - passed},
        "tests": [_tell_trial(trial) for trial in trials],
        **({"coverage": [*coverage]} if coverage else {}),
    }
    return json.dumps(document, indent=2) + "\n"


def _tell_trial(trial: Trial) -> dict[str, Any]:
    suite = trial.suite
    return {
        "file": suite.source.name,
        "line": find_label(Spot((*trial.case.route, "name")), suite.source).line,
        "name": trial.test.name,
        "passed": trial.passed,
        "off": list(trial.off),
        "differences": [
            {
                "kind": difference.kind,
                "what": difference.what,
                "line": find_line(suite, difference),
                "expected": _write_entry(difference.expected),
                "actual": _write_entry(difference.actual),
                "fields": list(difference.fields),
            }
            for difference in trial.differences
        ],
        "notes": [note.model_dump(mode="json") for note in list_notes(trial)],
        "diagnostics": [{"code": d.code, "message": d.message, "help": d.help} for d in trial.refused],
    }


def _write_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in entry.items()}


def annotate_trials(trials: Sequence[Trial], name: Callable[[str], str]) -> str:
    """Write an annotation for each test that failed, at the first expectation that is not met; `name` names a file as
    GitHub does."""
    return write_annotations(
        Annotation(
            "error", trial.suite.source.name, f"test failed: {trial.test.name}", tuple(tell_failure(trial)),
            {"file": name(trial.suite.source.name), "line": _find_failure(trial)},
        )
        for trial in trials if not trial.passed
    )  # fmt: skip


def _find_failure(trial: Trial) -> int:
    if trial.differences:
        return find_line(trial.suite, trial.differences[0])
    return find_label(Spot((*trial.case.route, "name")), trial.suite.source).line


def write_junit(trials: Sequence[Trial]) -> str:
    """Write JUnit's XML: a suite per file, a case per test. No times: the same tests give the same bytes."""
    suites = {
        show_invisible(name): [_write_case(trial) for trial in mine] for name, mine in list_suites(trials).items()
    }
    return write_suites(suites)


def _write_case(trial: Trial) -> Case:
    kind: Kind | None = None if trial.passed else "error" if trial.refused else "failure"
    return Case(show_invisible(trial.test.name), kind, tell_failure(trial) if kind else [])
