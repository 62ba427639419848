"""What is told where there is no room for all: findings and causes by how urgent they are, the same in every format."""

from __future__ import annotations

from collections.abc import Sequence

from prism_rules.model.plan import Diagnosis, Finding, Plan
from prism_rules.model.plan.distance import measure_distance
from prism_rules.render.results import OUTCOMES, Outcome, judge_finding

_RISKS = ("critical", "high", "medium", "low", None)


def rank_findings(plan: Plan) -> list[tuple[Outcome, Finding]]:
    """Rank findings, the most urgent first: by what they come to; new, worse or lost ones before the rest; by the risk
    of what they speak for; then by rule, those further from their bound first; and else as the plan has them."""
    risks: dict[str, int] = {}
    for diagnosis in plan.diagnoses:
        risk = _RISKS.index(diagnosis.risk)
        risks |= {one: min(risk, risks.get(one, risk)) for one in diagnosis.evidence}

    def rank(pair: tuple[Outcome, Finding]) -> tuple[int, bool, bool, int, str, float]:
        outcome, finding = pair
        old = finding.change not in ("new", "worse", "lost")
        risk = risks.get(finding.id, _RISKS.index(None))
        # Distances are of one unit within a rule, and nowhere else.
        return (OUTCOMES.index(outcome), old, finding.unsure_of != "fail", risk, finding.rule,
                -measure_distance(finding))  # fmt: skip

    return sorted(((judge_finding(finding, plan), finding) for finding in plan.findings), key=rank)


def pick_findings(findings: Sequence[Finding], plan: Plan, most: int) -> list[Finding]:
    """Pick the most urgent of findings where there is no room for all of them; they stay in the order given."""
    if len(findings) <= most:
        return [*findings]
    among = {finding.id for finding in findings}
    kept = {one.id for one in [finding for _, finding in rank_findings(plan) if finding.id in among][:most]}
    return [finding for finding in findings if finding.id in kept]


def rank_diagnosis(diagnosis: Diagnosis) -> tuple[bool, int, int]:
    """Rank a diagnosis where there is no room for all: what is sure first, then by risk, then by its own rank."""
    return diagnosis.verdict != "diagnosed", _RISKS.index(diagnosis.risk), diagnosis.rank
