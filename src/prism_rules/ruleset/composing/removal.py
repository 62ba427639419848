"""Removal: what a file removes is also taken out where the files that it extends name it."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.diagnostics import Diagnostic
from prism_rules.ruleset.composing.mentions import Mention, Pruning
from prism_rules.ruleset.composing.merging import Ancestors
from prism_rules.ruleset.composing.parts import Part
from prism_rules.ruleset.form import name_place
from prism_rules.ruleset.resolved import Note, place_label


def take_out(tree: Part, ancestors: Ancestors, problems: list[Diagnostic], notes: list[Note]) -> Part:
    """Take names of removed entries out of what is taken over, with a note; refuse where they are needed:
    `still-needed`."""
    removed = {(section, name): part for section, name, part in _list_removed(tree)}
    if not removed:
        return tree

    def is_gone(mention: Mention) -> bool:
        remover = removed.get((mention.section, mention.name))
        if remover is None:
            return False
        # Whoever knew of the removal, and names it nevertheless, names what does not exist.
        writer, file = mention.part.source, remover.source
        return writer != file and file not in ancestors[writer]

    pruned = Pruning(tree, is_gone)
    for mention in pruned.needed:
        problems.append(_tell_needed(mention, removed[mention.section, mention.name]))
    for mention in pruned.dropped:
        part = removed[mention.section, mention.name]
        text = (
            f"{name_place(mention.by)} does not name `{mention.name}` in `{mention.key}` any more: it is removed here"
        )
        notes.append(Note(text, place_label(part.label(key=True))))
    return pruned.part


def _list_removed(tree: Part) -> Iterator[tuple[str, str, Part]]:
    for section, entries in tree.open().items():
        for name, part in entries.open().items() if section in ("rules", "causes", "actions") else ():
            if part.removed:
                yield str(section), str(name), part


def _tell_needed(mention: Mention, removed: Part) -> Diagnostic:
    owner = name_place(mention.by)
    message = f"{owner} needs `{mention.name}` in `{mention.key}`, which is removed here"
    help = f"remove {owner} as well, or write its `{'when' if mention.by[0] == 'causes' else mention.key}` in this file"
    return Diagnostic("still-needed", message, (removed.label(key=True), mention.part.label("needed here")), help)
