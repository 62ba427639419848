"""Composing: a ruleset and those that it extends, merged by id into one document.

What a file says goes before what the files that it extends say. Everything here works on plain data that remembers its
place, so that models, checks and plans see one ruleset, and whoever reads a message sees the line that is at fault.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from prism_rules.diagnostics import Diagnostic
from prism_rules.model.identity import write_canonical
from prism_rules.ruleset.composing.merging import SHAPE, join, lay_over, settle
from prism_rules.ruleset.composing.off import switch_off
from prism_rules.ruleset.composing.parents import File, find_files
from prism_rules.ruleset.composing.parts import Composition, Part
from prism_rules.ruleset.composing.removal import take_out
from prism_rules.ruleset.composing.roles import name_sources
from prism_rules.ruleset.composing.strangers import tell_strangers
from prism_rules.ruleset.resolved import Note
from prism_rules.source import Read, Source, read_source

__all__ = ["Composed", "Composition", "compose", "digest_part", "switch_off", "tell_strangers"]

_OWN = ("apiVersion", "kind", "metadata", "extends")
"""What a file says of itself alone."""


class Composed(NamedTuple):
    """A ruleset with what it extends, and what is to be said about that."""

    composition: Composition
    problems: list[Diagnostic]
    notes: list[Note]


def compose(root: Source, read: Read = read_source) -> Composed:
    """Put a ruleset together with what it extends. Raises `Refused` (exit 2) where a file of it cannot be read."""
    files = find_files(root, read)
    trees: dict[Source, Part] = {}
    ancestors: dict[Source, frozenset[Source]] = {}
    problems: list[Diagnostic] = []
    notes: list[Note] = []
    for file in files:
        parents = dict.fromkeys(link.source for link in file.links)
        ancestors[file.source] = frozenset(parents).union(*(ancestors[parent] for parent in parents))
        problems += _check_digests(file, trees)
        whole = Part(file.source.data, file.source, ())
        tree = whole.hold({key: part for key, part in whole.open().items() if str(key).removesuffix("+") not in _OWN})
        if parents:
            below = join(SHAPE, [trees[parent] for parent in parents], ancestors)
            tree = settle(lay_over(SHAPE, below, tree, problems), file.source, problems)
            tree = take_out(tree, ancestors, problems, notes)
        trees[file.source] = tree
    heads = Part(root.data, root, ()).open()
    tree = trees[root]
    own = {key: part for key, part in heads.items() if key != "extends" and str(key).removesuffix("+") in _OWN}
    tree = tree.hold({**own, **tree.open()})
    sources = (root, *(file.source for file in files if file.source is not root))
    declared = {source: _list_sources(tree) for source, tree in trees.items()}
    # What a parent is refused for is found again in each file that extends it.
    return Composed(name_sources(Composition(root, sources, tree, declared)), [*dict.fromkeys(problems)], notes)


def _list_sources(tree: Part) -> frozenset[str]:
    entries = tree.value.get("sources")
    return frozenset(entries) if isinstance(entries, dict) else frozenset()


def digest_part(part: Part) -> str:
    """Digest what a file hands on to those that extend it: ``sha256:`` and hex, over canonical JSON."""
    return "sha256:" + hashlib.sha256(write_canonical(part.value)).hexdigest()


def _check_digests(file: File, trees: dict[Source, Part]) -> Iterator[Diagnostic]:
    for link in file.links:
        digest = digest_part(trees[link.source]) if link.digest is not None else None
        if digest != link.digest:
            label = replace(link.label, text="hands on something else")
            message = f"`{link.source.name}` is not what was agreed on"
            help = f'look at what has changed, then write `digest: "{digest}"`'
            yield Diagnostic("parent-digest", message, (label,), help)
