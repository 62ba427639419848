"""The ledger as a value: entries that follow their parents, and the heads that nothing follows yet."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prism_rules.model.ledger import Entry


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger that was found whole. `entries` are by hash, every one after its parents, ties in order of hash."""

    heads: tuple[str, ...]
    entries: Mapping[str, Entry]


def order_entries(entries: Mapping[str, Entry]) -> Ledger:
    """The ledger that these entries make; one whose parent is not among them is left out."""
    children: dict[str, list[str]] = {name: [] for name in entries}
    missing = {name: len(entry.parents) for name, entry in entries.items()}
    for name, entry in entries.items():
        for parent in entry.parents:
            children.setdefault(parent, []).append(name)
    ready = sorted(name for name, count in missing.items() if not count)
    ordered: dict[str, Entry] = {}
    while ready:
        name = heapq.heappop(ready)
        ordered[name] = entries[name]
        for child in children[name]:
            missing[child] -= 1
            if not missing[child]:
                heapq.heappush(ready, child)
    return Ledger(heads=find_heads(ordered), entries=ordered)


def find_heads(entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """The entries that are no other's parent, sorted."""
    followed = {parent for entry in entries.values() for parent in entry.parents}
    return tuple(sorted(entries.keys() - followed))


def restrict_ledger(ledger: Ledger, heads: Iterable[str]) -> Ledger:
    """What the given heads, all of them in the ledger, follow: the ledger as it was when they were its heads."""
    reached, waiting = set[str](), set(heads)
    while waiting:
        reached |= waiting
        waiting = {parent for name in waiting for parent in ledger.entries[name].parents} - reached
    entries = {name: entry for name, entry in ledger.entries.items() if name in reached}
    return Ledger(heads=find_heads(entries), entries=entries)
