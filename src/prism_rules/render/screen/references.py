"""References: what the entries of a plan are to one another, in a few words and with the id to go on by."""

from __future__ import annotations

from collections.abc import Iterable

from prism_rules.escaping import show_plain
from prism_rules.manual.paragraphs import Paragraph, list_items
from prism_rules.model.plan import ActionEntry, Diagnosis, Finding, Passing, Plan
from prism_rules.render.told import name_action, name_rule
from prism_rules.render.words import format_beside, format_unbound, name_status
from prism_rules.wording import name_scope

Entry = Finding | Passing | Diagnosis | ActionEntry
MOST = 6
"""Entries of one list; the plan has the rest."""


def list_entries(plan: Plan) -> list[Entry]:
    """List all that has an id, what asks for work first."""
    return [*plan.actions, *plan.diagnoses, *plan.findings, *plan.passes]


class References:
    """A plan whose entries are found by their ids."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.entries = {entry.id: entry for entry in list_entries(plan)}

    def refer(self, id_: str, more: str = "") -> str:
        """Refer to an entry: "fail at 0.63: class-agreement-dent-0123456789ab"; `more` is said behind what it is."""
        state = say_state(self.entries[id_], self.plan) if id_ in self.entries else ""
        said = ", ".join(filter(None, (state, more)))
        return f"{said}: {show_plain(id_)}" if said else show_plain(id_)

    def find_covered(self, action: ActionEntry) -> list[Diagnosis]:
        """Find the diagnoses that an action covers; it may cover findings as well."""
        found = map(self.entries.get, action.covers)
        return [entry for entry in found if isinstance(entry, Diagnosis)]

    def tell_list(self, label: str, ids: Iterable[str]) -> list[Paragraph]:
        """List entries in a paragraph; none where there are none."""
        return tell_some(label, map(self.refer, ids))


def tell_some(label: str, texts: Iterable[str]) -> list[Paragraph]:
    """List texts in a paragraph, the first of many and how many more there are; no paragraph without a text."""
    found = list(texts)
    more = [f"and {len(found) - MOST:,} more"] if len(found) > MOST else []
    return [Paragraph(label, "", list_items(found[:MOST] + more))] if found else []


def name_entry(entry: Entry, plan: Plan) -> str:
    """Name what an entry is about, and where: by the title of its rule, or its own."""
    if isinstance(entry, ActionEntry):
        return show_plain(name_action(entry), 200)
    title = entry.title if isinstance(entry, Diagnosis) else name_rule(entry.rule, plan)
    return f"{show_plain(title, 120)} ({name_scope(entry.scope)})"


def say_state(entry: Entry, plan: Plan) -> str:
    """Say how it is with an entry: "fail at 0.63", "pass at 0.812", "diagnosed", "proposed, overdue"."""
    match entry:
        case Diagnosis():
            return entry.verdict
        case ActionEntry():
            return f"{entry.state}, overdue" if entry.overdue else entry.state
        case Passing():
            return f"pass at {format_unbound(entry.value, entry.rule, plan)}"
        case Finding():
            status = name_status(entry, plan)
            return status if entry.value is None else f"{status} at {format_beside(entry.value, entry.bound)}"
