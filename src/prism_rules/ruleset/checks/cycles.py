"""Orders that never end: causes that lead to themselves, actions that wait for themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from prism_rules.diagnostics import Problem, Spot
from prism_rules.ruleset.draft import Draft


def check_cycles(draft: Draft) -> Iterator[Problem]:
    """Refuse circles in `leads_to` and in `after`: `cycle`."""
    causes = {name: cause.leads_to for name, cause in draft.model.causes.items()}
    actions = {name: action.after for name, action in draft.model.actions.items()}
    for section, key, verb, graph in (
        ("causes", "leads_to", "leads to", causes),
        ("actions", "after", "waits for", actions),
    ):
        for cycle in find_cycles(graph):
            steps = list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
            spots = [
                Spot((section, one, key, graph[one].index(other)), f"`{one}` {verb} `{other}`") for one, other in steps
            ]
            path = " → ".join(f"`{name}`" for name in (*cycle, cycle[0]))
            yield Problem(
                "cycle", f"`{cycle[0]}` {verb} itself: {path}", tuple(spots), f"take one of the steps out of `{key}`"
            )


def find_cycles(graph: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Find a cycle for every edge that closes one, in the graph's order. Names without an entry have no edges."""
    finished: set[str] = set()
    for start in graph:
        path: dict[str, Iterator[str]] = {}
        if start not in finished:
            path[start] = iter(graph[start])
        while path:
            name = next(reversed(path))
            following = next((other for other in path[name] if other in graph and other not in finished), None)
            if following is None:
                path.pop(name)
                finished.add(name)
            elif following in path:
                names = list(path)
                yield names[names.index(following) :]
            else:
                path[following] = iter(graph[following])
