"""Waivers: each says for all of its rule's dimensions what it is for."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean, nearest
from prism_rules.ruleset.checks.dimensions import check_value, list_matched
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.grain import list_scope


def check_waivers(draft: Draft) -> Iterator[Problem]:
    """Hold `match` of waivers to the dimensions of their rules, all of them, and to what is declared:
    `incomplete-match`, `match-outside-by`, `unknown-class`, `unknown-family`, `unknown-column`."""
    for name, waiver in draft.model.waivers.items():
        rule = draft.model.rules.get(waiver.rule)
        route: Route = ("waivers", name, "match")
        if rule is None or route in draft.shaken:
            continue
        offered = list_matched(rule)
        meant = set()
        for dimension, pattern in waiver.match.items():
            if dimension not in offered:
                message = f"`rules.{waiver.rule}` is not measured by `{dimension}`, so nothing can match on it"
                spot = Spot((*route, dimension), at="key")
                yield Problem("match-outside-by", message, (spot,), did_you_mean(dimension, sorted(offered)))
                meant.add(nearest(dimension, offered))
            else:
                yield from check_value(draft, dimension, pattern, Spot((*route, dimension)), rule=rule)
        # A misspelt dimension is one mistake, not one too many and one too few.
        left_out = [dimension for dimension in list_scope(rule) if dimension not in {*waiver.match, *meant}]
        if left_out:
            told_apart = "by" if {*left_out} & {*rule.by} else "of"
            spots = (
                Spot(route if "match" in waiver.model_fields_set else route[:2], at="key"),
                Spot(("rules", waiver.rule, told_apart), "what the rule is measured by", "key"),
            )
            message = f"`waivers.{name}` does not say for which {' and '.join(left_out)}"
            everything = ", ".join(f'{dimension}: "*"' for dimension in left_out)
            yield Problem("incomplete-match", message, spots, f"name one, or write {everything} to mean every one")
