"""What is told of a plan, in which order and by which names: the same in every format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from prism_rules.diagnostics.text import say_count
from prism_rules.escaping import show_plain
from prism_rules.model.plan import ActionEntry, Diagnosis, Finding, IntakeNote, Plan
from prism_rules.render.words import is_experimental, name_slices
from prism_rules.wording import list_some, name_scope


def order_actions(plan: Plan) -> list[ActionEntry]:
    """Order the actions by their priority."""
    return sorted(plan.actions, key=lambda action: (action.priority, action.id))


def list_question(plan: Plan) -> list[tuple[str, str]]:
    """List what the reliability question says, as plain text: its parts by name."""
    question = plan.question
    told = {
        "Task": question.task, "Environment": question.environment, "Concern": question.concern,
        "Risk": question.risk, "Reports to": list_some(question.report_to, 6),
    }  # fmt: skip
    return [(name, text) for name, text in told.items() if text]


def find_worst(plan: Plan) -> list[Finding]:
    """Find what makes a plan fail or warn; of any other plan nothing."""
    if plan.status not in ("fail", "warn"):
        return []
    return [one for one in plan.findings if one.status == plan.status and not is_experimental(one, plan)]


def say_worst(worst: Sequence[Finding], plan: Plan) -> str:
    """Say how many findings make a plan fail or warn: "1 finding fails", "12 findings warn among what changed"."""
    among = " among what changed" if plan.only_changes else ""
    return f"{say_count(len(worst), 'finding')} {plan.status}{'s' if len(worst) == 1 else ''}{among}"


def find_first(plan: Plan) -> ActionEntry | None:
    """Find the most urgent action that somebody can begin with."""
    return next((action for action in order_actions(plan) if action.state in ("proposed", "open")), None)


def name_action(action: ActionEntry) -> str:
    """Name an action as others refer to it, as plain text: by its title, with its place where that does not say it.

    Never by a number: one more action would change every reference.
    """
    said = all(value in action.title or show_plain(value) in action.title for value in action.scope.values())
    return action.title if said else f"{action.title} ({name_scope(action.scope)})"


def order_told(plan: Plan) -> list[Diagnosis]:
    """Order diagnoses as a story: each chain from its head on, then those in no chain, by rank."""
    by_id = {diagnosis.id: diagnosis for diagnosis in plan.diagnoses}
    told = [one for chain in plan.chain for one in chain if one in by_id]
    return [by_id[one] for one in dict.fromkeys((*told, *by_id))]


def name_causes(plan: Plan) -> dict[str, str]:
    """Name all that actions can be for, by id, as plain text: a cause's title, or the rule of a finding."""
    titles = {rule: entry.title for rule, entry in plan.rules.items()}
    rules = {finding.id: titles.get(finding.rule, finding.rule) for finding in plan.findings}
    return rules | {diagnosis.id: diagnosis.title for diagnosis in plan.diagnoses}


def name_diagnosis(diagnosis: Diagnosis) -> str:
    """Name a diagnosis as others refer to it, as plain text: by the title of its cause, with its place."""
    return f"{show_plain(diagnosis.title, 120)} ({name_scope(diagnosis.scope)})"


def name_rule(rule: str, plan: Plan) -> str:
    """Name a rule by its title, as plain text; by its id when it has none."""
    return plan.rules[rule].title if rule in plan.rules else rule


def name_rules(ids: Iterable[str], findings: Mapping[str, Finding], plan: Plan) -> str:
    """Name the rules of findings, each once, as plain text; a finding that the plan does not have by its id."""
    named = (name_rule(findings[one].rule, plan) if one in findings else one for one in ids)
    return list_some(dict.fromkeys(named), 3)


def say_conditions(diagnosis: Diagnosis) -> str:
    """Say under which conditions a cause is met: "where lighting = glare", "overall and where ..."; else nothing."""
    inside = [place for place in diagnosis.at if place]
    overall = "overall and " if len(inside) < len(diagnosis.at) else ""
    return f"{overall}where {name_slices(inside)}" if inside else ""


def find_unanswered(plan: Plan) -> list[Finding]:
    """Find what speaks for causes that no action answers: no fold of an action shows it."""
    answered = {one for action in plan.actions for one in action.covers}
    shown = {one for d in plan.diagnoses if d.id in answered for one in d.evidence} | answered
    speaking = {one for d in plan.diagnoses if d.id not in answered for one in d.evidence} - shown
    return [f for f in plan.findings if f.id in speaking and f.status != "waived" and not is_experimental(f, plan)]


def find_unexplained(plan: Plan) -> list[Finding]:
    """Find the failed findings that are in no diagnosis, but those of experimental rules."""
    found = {finding.id: finding for finding in plan.findings if not is_experimental(finding, plan)}
    return [found[one] for one in plan.unexplained if one in found]


def find_doubtful(plan: Plan) -> list[Finding]:
    """Find what warns or is in doubt and is in no diagnosis either, but for experimental rules."""
    told = {one for d in plan.diagnoses for one in (*d.evidence, *d.against, *d.unknown)}
    return [
        finding for finding in plan.findings
        if finding.status in ("warn", "unsure") and finding.id not in told and not is_experimental(finding, plan)
    ]  # fmt: skip


def find_experimental(plan: Plan) -> list[Finding]:
    """Find what experimental rules say."""
    return [finding for finding in plan.findings if is_experimental(finding, plan)]


def list_groups(plan: Plan) -> list[tuple[str, list[Finding]]]:
    """List the findings that no action shows by what becomes of them, the most urgent group first, with its title."""
    return [
        ("Behind causes that no action answers", find_unanswered(plan)),
        ("Failed, and explained by no cause", find_unexplained(plan)),
        ("Warned or in doubt, and explained by no cause", find_doubtful(plan)),
        ("Experimental: fails no run", find_experimental(plan)),
    ]


def find_followed(plan: Plan) -> list[str]:
    """Find the rules that the rates of sampling follow, which their findings tell."""
    followed = {rate.finding for rate in plan.qa_sampling}
    places = [(one.id, one.rule) for one in plan.findings] + [(one.id, one.rule) for one in plan.passes]
    return sorted({rule for id_, rule in places if id_ in followed})


def say_note(note: IntakeNote, name: Callable[[str], str] = show_plain) -> str:
    """Say a note on the data, as plain text, with what it is about where it does not say so; `name` writes a name."""
    names = [name(one) for one in note.names if one not in note.text]
    return note.text + (f": {list_some(names, 6)}" if names else "")


def find_evidence(
    action: ActionEntry, findings: Mapping[str, Finding], diagnoses: Mapping[str, Diagnosis]
) -> list[tuple[Finding, bool]]:
    """Find the findings an action rests on, each with whether it speaks for the cause; those that do come first."""
    covered = sorted((diagnoses[one] for one in action.covers if one in diagnoses), key=lambda d: d.rank)
    speaking = dict.fromkeys([*(one for d in covered for one in d.evidence), *action.covers], True)
    against = {one: False for d in covered for one in d.against if one not in speaking}
    return [(findings[one], speaks) for one, speaks in {**speaking, **against}.items() if one in findings]
