"""Gates: what keeps an action back less than before, though both versions write the same `requires`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prism_rules.comparison.alignment import Side
from prism_rules.comparison.changes import Change
from prism_rules.comparison.judgement import Judged
from prism_rules.ruleset.terms import list_holds


def compare_gates(old: Side, new: Side, rule: str, judged: Sequence[Judged]) -> Iterator[Change]:
    """Compare what a rule keeps back, by its status and by bounds that are gone.

    A rule that is no longer judged takes no gate away: without a finding, the gate stays shut.
    """
    was, now = (side.model.rules[rule].status for side in (old, new))
    if was == "experimental":
        return  # such a rule keeps nothing back
    for action in new.model.actions:
        holds = [_read_holds(side, action) for side in (old, new)]
        if not all(rule in each for each in holds):
            continue
        if now == "experimental":
            places = (side.locate(("rules", rule, "status")) for side in (old, new))
            text = f"no longer waits for {rule}, which is experimental"
            yield Change("gate-removed", ("actions", action), text, (), (), *places)
            continue
        for one in judged:
            if one.difference.gone and (one.difference.field == "fail" or holds[1][rule]):
                text = f"waits for less of {rule}: {one.difference.text}"
                yield Change("gate-removed", ("actions", action), text, one.scopes, one.excepted, one.before, one.after)


def _read_holds(side: Side, action: str) -> dict[str, bool]:
    return dict(list_holds(side.model.actions[action].requires)) if action in side.model.actions else {}
