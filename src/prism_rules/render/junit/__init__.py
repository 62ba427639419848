"""JUnit's XML of a plan: a suite per rule, a case per place, so that a CI shows findings where it shows tests.

A case fails where the plan fails the run. What only warns, is in doubt or is experimental passes and says so in its
output: a red test in a green run teaches people to overlook red ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from prism_rules.escaping import show_plain
from prism_rules.model.plan import Plan
from prism_rules.render.counted import say_narrowed
from prism_rules.render.junit.suites import Case, Kind, write_suites
from prism_rules.render.results import Outcome, find_causes, judge_finding, list_evidence, say_result, say_waiver
from prism_rules.wording import name_scope

ROOM = 10_000_000
"""Characters for evidence; findings beyond it have one line. GitLab reads files of 30 MB (its "Unit test reports")."""
_KINDS: dict[Outcome, Kind] = {
    "fails": "failure", "warns": "system-out", "tried": "system-out", "waived": "skipped", "unknown": "error",
}  # fmt: skip


def render_junit(plan: Plan) -> str:
    """Write JUnit's XML of a plan: every finding and every pass that it has, rule by rule."""
    suites: dict[str, list[tuple[str, Case]]] = {}
    for rule, id_, case in (*_list_cases(plan), *_list_passes(plan)):
        suites.setdefault(show_plain(rule), []).append((id_, case))
    narrowed = say_narrowed(plan)
    about = {"only changes": [Case("only changes", "system-out", [narrowed])]} if narrowed else {}
    return write_suites(about | {rule: _tell_apart(suites[rule]) for rule in sorted(suites)})


def _list_cases(plan: Plan) -> Iterator[tuple[str, str, Case]]:
    causes, waivers = find_causes(plan), {waiver.id: waiver for waiver in plan.waivers}
    room = ROOM
    for finding in plan.findings:
        lines = [say_result(finding, plan)]
        if finding.waiver in waivers:
            lines = [f"{say_waiver(waivers[finding.waiver])} ({lines[0]})"]
        evidence = [*list_evidence(finding, plan, causes)]
        room -= sum(map(len, evidence))
        kind = _KINDS[judge_finding(finding, plan)]
        yield finding.rule, finding.id, Case(name_scope(finding.scope), kind, lines + (evidence if room > 0 else []))


def _list_passes(plan: Plan) -> Iterator[tuple[str, str, Case]]:
    return ((passing.rule, passing.id, Case(name_scope(passing.scope))) for passing in plan.passes)


def _tell_apart(cases: list[tuple[str, Case]]) -> list[Case]:
    """Add their ids to cases that are called alike: of those services keep the first alone."""
    alike = Counter(case.name for _, case in cases)
    return [
        replace(case, name=f"{case.name} ({show_plain(id_)})") if alike[case.name] > 1 else case for id_, case in cases
    ]
