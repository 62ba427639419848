"""The SQL that measured what an entry of a plan rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prism_rules.escaping import show_invisible, show_plain
from prism_rules.model.plan import ActionEntry, Diagnosis, Finding, Passing
from prism_rules.render.screen.references import Entry, References
from prism_rules.wording import say_moment

_ABOUT = """\
-- {scan} of the plan of {as_of}, for {rules}.
-- It does not run on your files as it stands: it reads a view of each source under the source's name, which `plan`
-- makes of its rows before that time, with the ruleset's names for columns ("+time" is the column as the data has it)
-- and with classes as the ruleset declares them. It gives counts and sums; values are computed from these.
"""


def write_queries(references: References, entry: Entry) -> str:
    """Write each query once, under comments on what it answers and what it reads."""
    plan = references.plan
    asked: dict[str, list[str]] = {}
    for rule in dict.fromkeys(_list_rules(references, entry)):
        if rule in plan.rules:
            asked.setdefault(plan.rules[rule].scan, []).append(show_plain(rule))
    shown = [
        _ABOUT.format(scan=show_plain(scan), as_of=say_moment(plan.as_of), rules=", ".join(rules))
        + "\n".join(map(show_invisible, plan.scans.get(scan, "-- The plan does not hold it.").splitlines()))
        + ";\n"
        for scan, rules in asked.items()
    ]
    return "\n".join(shown) or "-- The plan does not say how it was measured.\n"


def _list_rules(references: References, entry: Entry) -> Iterator[str]:
    """List the rules that an entry rests on, some more than once."""
    match entry:
        case Finding() | Passing():
            yield entry.rule
        case Diagnosis():
            yield from _list_measured(references, (*entry.evidence, *entry.against, *entry.unknown))
        case ActionEntry():
            evidence = (id_ for diagnosis in references.find_covered(entry) for id_ in diagnosis.evidence)
            yield from _list_measured(references, (*entry.covers, *evidence))
            yield from (blocker.rule for blocker in entry.blocked_by if blocker.rule)
            yield from (accepted.rule for accepted in entry.acceptance)


def _list_measured(references: References, ids: Iterable[str]) -> Iterator[str]:
    for entry in map(references.entries.get, ids):
        if isinstance(entry, Finding | Passing):
            yield entry.rule
