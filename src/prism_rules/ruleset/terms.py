"""The rules that a cause's `when` and `against` name, and those that an action's gates are, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prism_rules.diagnostics import Route
from prism_rules.model.ruleset import Cause, Gate, Hold, Leaf, When

BRANCHES = ("all", "any", "none")


def list_leaves(cause: Cause, route: Route) -> Iterator[tuple[Leaf, Route]]:
    """List every rule of a cause that stands at `route`, with the place of its id; a bare id is a `Leaf` of its own."""
    yield from list_terms(cause.when, (*route, "when"))
    yield from _list_items(cause.against, (*route, "against"))


def list_terms(when: When, route: Route) -> Iterator[tuple[Leaf, Route]]:
    """List the rules of a `when`, nested ones too."""
    for branch in BRANCHES:
        yield from _list_items(getattr(when, branch), (*route, branch))


def _list_items(terms: Sequence[str | Leaf | When], route: Route) -> Iterator[tuple[Leaf, Route]]:
    for index, term in enumerate(terms):
        if isinstance(term, When):
            yield from list_terms(term, (*route, index))
        else:
            yield read_leaf(term), (*route, index) if isinstance(term, str) else (*route, index, "rule")


def read_leaf(term: str | Leaf) -> Leaf:
    """Give the leaf that a bare id stands for."""
    return Leaf(rule=term) if isinstance(term, str) else term


def list_gates(gates: Iterable[Gate], route: Route) -> Iterator[tuple[Hold, Route]]:
    """List the rules of a `requires` or `done_when` that stands at `route`, with the place of each id."""
    for index, gate in enumerate(gates):
        yield read_hold(gate), (*route, index) if isinstance(gate, str) else (*route, index, "rule")


def list_holds(gates: Iterable[Gate]) -> Iterator[tuple[str, bool]]:
    """List (rule, whether a warning is too much) of `requires` or `done_when`."""
    yield from ((hold.rule, hold.at == "pass") for hold in map(read_hold, gates))


def read_hold(gate: Gate) -> Hold:
    """Give what a bare id in `requires` or `done_when` stands for."""
    return Hold(rule=gate) if isinstance(gate, str) else gate
