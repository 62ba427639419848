"""One finding, diagnosis or action of a plan on one screen: what it is, why, and what hangs on it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from prism_rules.columns import PROSE, UNPARTED, WIDTH, wrap_text
from prism_rules.escaping import show_plain
from prism_rules.escaping.workflow import defuse_text
from prism_rules.manual.paragraphs import Paragraph, write_paragraph
from prism_rules.model.plan import ActionEntry, Diagnosis, Finding, Passing, Plan
from prism_rules.render.screen.actions import tell_action
from prism_rules.render.screen.diagnoses import tell_diagnosis
from prism_rules.render.screen.findings import tell_finding, tell_passing
from prism_rules.render.screen.queries import write_queries
from prism_rules.render.screen.references import Entry, References, list_entries, name_entry, say_state
from prism_rules.wording import name_scope


def find_entries(plan: Plan, wanted: str) -> list[Entry]:
    """Find what is meant: the entry of that id, else all of that rule, cause or action, else all ids that begin so."""
    entries = list_entries(plan)
    return (
        [entry for entry in entries if entry.id == wanted]
        or [entry for entry in entries if _name(entry) == wanted]
        or [entry for entry in entries if wanted and entry.id.startswith(wanted)]
    )


def list_beginnings(plan: Plan) -> list[str]:
    """List what `find_entries` takes, in words: all names, and all ids without the digits at their end."""
    entries = list_entries(plan)
    names = map(_name, entries)
    places = [re.sub("-[0-9a-f]{12}$", "", entry.id) for entry in entries]
    return list(dict.fromkeys(map(show_plain, (*names, *places))))


def list_rows(plan: Plan, entries: Sequence[Entry]) -> Iterator[list[str]]:
    """List entries to choose from, each with what it is, where it is and its id."""
    for entry in entries:
        yield [say_state(entry, plan), name_scope(entry.scope), show_plain(entry.id)]


def tell_entry(plan: Plan, entry: Entry, width: int = WIDTH) -> str:
    """Tell an entry of a plan for a terminal, from the plan alone."""
    room = min(width, PROSE)
    title = f"{name_entry(entry, plan)}: {say_state(entry, plan)}"
    told = _tell(References(plan), entry)
    lines = [line for paragraph in told for line in write_paragraph(paragraph, room, whole=True)]
    head = [*wrap_text(title, room), show_plain(entry.id), ""]
    return defuse_text("\n".join(head + lines).replace(UNPARTED, " ") + "\n")


def tell_queries(plan: Plan, entry: Entry) -> str:
    """Write the SQL that measured what an entry rests on, each query once."""
    return defuse_text(write_queries(References(plan), entry))


def _tell(references: References, entry: Entry) -> Iterator[Paragraph]:
    match entry:
        case Finding():
            return tell_finding(references, entry)
        case Passing():
            return tell_passing(references, entry)
        case Diagnosis():
            return tell_diagnosis(references, entry)
        case ActionEntry():
            return tell_action(references, entry)


def _name(entry: Entry) -> str:
    match entry:
        case Diagnosis():
            return entry.cause
        case ActionEntry():
            return entry.action
        case _:
            return entry.rule
