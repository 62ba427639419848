"""Waivers: each says for all of its rule's dimensions what it is for, hides something, and has not ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean, nearest
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import add_family
from prism_rules.ruleset.checks.dimensions import check_value, list_matched
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.globs import ANYTHING, find_common, is_glob
from prism_rules.ruleset.grain import list_scope
from prism_rules.ruleset.judgement import Setting, Settings, index_settings


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


def check_ends(draft: Draft, as_of: datetime) -> Iterator[Problem]:
    """Warn of waivers that have ended at a moment: `expired-waiver`."""
    today = as_of.astimezone(UTC).date().isoformat()
    for name, waiver in draft.model.waivers.items():
        if waiver.until <= today and ("waivers", name, "until") not in draft.shaken:
            message = f"`waivers.{name}` has ended: from {waiver.until} on it hides nothing"
            spot = Spot(("waivers", name, "until"))
            yield Problem("expired-waiver", message, (spot,), "take it out, or renew it with a reason", "warning")


def check_unused(draft: Draft) -> Iterator[Problem]:
    """Warn of waivers that hide nothing, whatever the data: `unused-waiver`."""
    model = draft.model
    rules: dict[str, list[Setting]] = {}
    for name, waiver in model.waivers.items():
        rule = model.rules.get(waiver.rule)
        # One that says too little or too much is told as such.
        if (
            rule
            and {*list_scope(rule)} <= {*waiver.match} <= list_matched(rule)
            and ("waivers", name) not in draft.shaken
        ):
            told = rules.setdefault(waiver.rule, [])
            values = {"until": waiver.until, "order": -len(told)}
            told.append(Setting(waiver.match, values, {"match": ("waivers", name)}, (0, 0, 0)))
    for asked, waivers in rules.items():
        table = Settings(tuple(waivers))
        for setting in waivers:
            if found := _find_reason(model, asked, setting, table):
                route, why, place = setting.routes["match"], *found
                spots = (Spot(route, at="key"), *([place] if place else []))
                message = f"`{route[0]}.{route[1]}` hides nothing: {why}"
                yield Problem("unused-waiver", message, spots, "take it out", "warning")


def _find_reason(model: Ruleset, name: str, waiver: Setting, waivers: Settings) -> tuple[str, Spot | None] | None:
    """Find why a waiver hides nothing, and the place that makes it so."""
    rule = model.rules[name]
    if rule.status == "experimental":
        # What it finds fails no run and opens no action in the first place.
        return f"`rules.{name}` is experimental", Spot(("rules", name, "status"), "counts for nothing yet")
    # What fits this, which stands for any value, fits every value that the waiver matches.
    scope = {dimension: pattern.replace("*", ANYTHING) for dimension, pattern in waiver.match.items()}
    for other in waivers.rank_fitting(scope):
        lasts = other.values["until"] >= waiver.values["until"]
        # Of two that are alike the first is the one that hides.
        alike = {**other.match} == {**waiver.match} and other.values["until"] == waiver.values["until"]
        if lasts and other is not waiver and not (alike and other.values["order"] < waiver.values["order"]):
            route = other.routes["match"]
            return f"`{route[0]}.{route[1]}` hides the same, at least as long", Spot(route, "the other one", "key")
    settings = index_settings(name, rule)
    if "class" in scope and not is_glob(waiver.match["class"]):
        scope = add_family(model, scope)
    decided = settings.find_winners(scope).get("enabled")
    if decided and not decided.values["enabled"] and not _may_be_on(settings, waiver):
        return f"`rules.{name}` is off there", Spot(decided.routes["enabled"], "switched off here", "key")
    return None


def _may_be_on(settings: Settings, waiver: Setting) -> bool:
    """Whether something within a waiver may be switched on again by a narrower override."""
    return any(
        setting.values.get("enabled") and all(
            find_common(pattern, waiver.match.get(name, "*")) is not None for name, pattern in setting.match.items()
        )
        for setting in settings.all
    )  # fmt: skip
