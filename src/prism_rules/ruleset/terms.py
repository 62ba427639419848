"""The rules that a cause's `when` and `against` name, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prism_rules.diagnostics import Route
from prism_rules.model.ruleset import Cause, Leaf, When

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
