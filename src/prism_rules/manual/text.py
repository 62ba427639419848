"""A resolved ruleset in a terminal: each rule's bounds with the scopes that they are for and who decided them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from prism_rules.columns import PROSE, UNPARTED, WIDTH, tabulate, wrap_text
from prism_rules.escaping import show_invisible
from prism_rules.manual.decisions import Decision, Said, list_rows, name_setting, write_value
from prism_rules.manual.rules import list_of
from prism_rules.model.frozen import format_duration
from prism_rules.model.plan import Origin
from prism_rules.model.ruleset import Action, Baseline, Cause, Leaf, Rule, Ruleset, When
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.judgement import name_origin
from prism_rules.ruleset.segments import MOST, list_segments
from prism_rules.ruleset.terms import BRANCHES, list_holds, read_leaf
from prism_rules.ruleset.turnaround import NAME, PLACE, is_built_in
from prism_rules.ruleset.windows import find_length

WITHOUT_CLASSES = "Measured without classes: these bounds are not of one class."
_POSSESSIVE = {"the rule": "'s", "the defaults": "'"}
_WIDEST = (10, 26, 34)
"""Of the columns before the last."""


def tell_ruleset(
    resolved: Resolved, *, rules: Sequence[str], only: str | None = None, whole: bool = True, width: int = WIDTH
) -> str:
    """Tell these rules' bounds, `only` those of a class; with causes, gates and order where it is the `whole`."""
    metadata = resolved.model.metadata
    files = ", ".join(file.path for file in resolved.files)
    head = f"{metadata.name} {metadata.version}  {resolved.digest[:19]}  {show_invisible(files)}"
    blocks = [
        "\n".join(wrap_text(head, width, whole=True)),
        *(tell_bounds(resolved, rule, width, only=only) for rule in rules),
    ]
    if whole:
        blocks += filter(None, (tell(resolved, width) for tell in (_tell_causes, _tell_actions, _tell_off)))
    return "\n\n".join(blocks) + "\n"


def tell_bounds(resolved: Resolved, name: str, width: int, *, only: str | None = None) -> str:
    """Tell what a rule measures in a line, and by which bounds it judges in a table."""
    rule = resolved.model.rules[name]
    place = write_origin(resolved.origin(("rules", name)))
    lines = wrap_text(f"{_describe(resolved.model, rule)}  ({place})", min(width, PROSE) - 2, whole=True)
    lines += [WITHOUT_CLASSES] if only is not None and not {"class", "family"} & {*rule.by} else []
    lines += tell_table(resolved, name, width - 2, only=only).splitlines()
    title = wrap_text(show_invisible(rule.title or ""), width, f"{name}  ") or [name]
    return "\n".join([*title, *(f"  {line}" for line in lines)])


def tell_table(resolved: Resolved, name: str, width: int, *, only: str | None = None) -> str:
    """Tell each field of a rule with its value, the scopes that have it, and who decided it."""
    segments, home = list_segments(resolved.model, name), resolved.origin(("rules", name))
    table = [
        [row.decision.field, write_value(row.decision.winner.value), row.where,
         # A line's number stays with its word.
         write_origins(row.decision, resolved, home).replace("(line ", f"(line{UNPARTED}")]
        for row in list_rows(resolved.model, name, segments, only=only)
    ]  # fmt: skip
    more = "" if segments.complete else f"\nMore than {MOST:,} scopes are told apart; the rest is not shown."
    return tabulate(["FIELD", "VALUE", "FOR", "FROM"], table, width=width, widest=_WIDEST) + more


def write_origins(decision: Decision, resolved: Resolved, home: Origin) -> str:
    """Write who decided a field, and over whom: "per_class (line 7), over the rule's below 0.75 (line 5)".

    `home` is a place that the reader knows: lines of its file are told without it.
    """
    route = decision.winner.route
    if route is None:
        return "built in"
    along = route[:2] == ("rules", NAME) and is_built_in(resolved.model)
    parts = [f"{name_origin(PLACE) if along else name_setting(route)} ({_write_place(resolved.origin(route), home)})"]
    parts += [f"over {_write_loser(said)} ({_write_place(resolved.origin(said.route), home)})"
              for said in decision.losers if said.route]  # fmt: skip
    return ", ".join(parts)


def _write_loser(said: Said) -> str:
    name, value = name_setting(said.route), write_value(said.value)
    return f"{name}{_POSSESSIVE.get(name, '')} {value}"


def _write_place(origin: Origin, home: Origin) -> str:
    return f"line {origin.line}" if home.file == origin.file else write_origin(origin)


def write_origin(origin: Origin) -> str:
    """Write a place as editors and terminals know it: "rules.yaml:7"."""
    return f"{show_invisible(origin.file)}:{origin.line}"


def _describe(model: Ruleset, rule: Rule) -> str:
    of = f" of {', '.join(list_of(rule))}" if rule.of else ""
    length = None if rule.series else find_length(model, rule.source, rule.window)
    parts = [f"{rule.metric}{of} on {rule.source}", f"by {', '.join(rule.by)}" if rule.by else "",
             f"where {rule.where}" if rule.where else "", f"window {_write_length(length)}" if length else "",
             f"series of {rule.series.test}" if rule.series else "",
             f"baseline {_write_baseline(rule.baseline)}" if rule.baseline else "",
             rule.status if rule.status != "stable" else ""]  # fmt: skip
    return show_invisible("; ".join(filter(None, parts)))


def _write_length(length: timedelta | Literal["all"]) -> str:
    return format_duration(length) if isinstance(length, timedelta) else length


def _write_baseline(baseline: Baseline) -> str:
    parts = [baseline.source or "", f"where {baseline.where}" if baseline.where else "",
             _write_length(baseline.window) if baseline.window else "",
             f"by {', '.join(baseline.by)}" if baseline.by else ""]  # fmt: skip
    return " ".join(filter(None, parts))


def _tell_causes(resolved: Resolved, width: int) -> str:
    rows = [
        [name, write_when(cause.when) + _write_against(cause), ", ".join(cause.leads_to) or "-"]
        for name, cause in resolved.model.causes.items()
    ]
    return tabulate(["CAUSE", "HOLDS WHEN", "LEADS TO"], rows, width=width, widest=(30, 44)) if rows else ""


def write_when(when: When) -> str:
    """Write a condition as one expression: "all of (a, b) and any of (c is warn or fail, d)"."""
    parts = []
    for branch in BRANCHES:
        terms = getattr(when, branch)
        if terms:
            listed = ", ".join(write_when(term) if isinstance(term, When) else _write_leaf(term) for term in terms)
            alone = len(terms) == 1 and branch != "none"
            parts.append(listed if alone and not isinstance(terms[0], When) else f"{branch} of ({listed})")
    return " and ".join(parts)


def _write_leaf(term: str | Leaf) -> str:
    leaf = read_leaf(term)
    status = "" if leaf.statuses == ("fail",) else f" is {' or '.join(leaf.statuses)}"
    return f"{leaf.rule}{status}{' anywhere' if leaf.anywhere else ''}"


def _write_against(cause: Cause) -> str:
    return f"; against it: {', '.join(map(_write_leaf, cause.against))}" if cause.against else ""


def _tell_actions(resolved: Resolved, width: int) -> str:
    rows = [
        [name, _write_occasions(action), ", ".join(map(_write_hold, list_holds(action.requires))) or "-",
         ", ".join(action.after) or "-"]
        for name, action in resolved.model.actions.items()
    ]  # fmt: skip
    return tabulate(["ACTION", "OPENS ON", "GATE", "AFTER"], rows, width=width, widest=(24, 32, 20)) if rows else ""


def _tell_off(resolved: Resolved, width: int) -> str:
    rows = [[f"{off.kind} {off.id}", off.why, write_origin(off.origin)] for off in resolved.off]
    return tabulate(["OFF", "BECAUSE", "FROM"], rows, width=width) if rows else ""


def _write_occasions(action: Action) -> str:
    return ", ".join(
        target if isinstance(target, str) else _write_leaf(Leaf(rule=target.rule, status=target.status))
        for target in action.for_
    )


def _write_hold(hold: tuple[str, bool]) -> str:
    rule, strict = hold
    return f"{rule} at pass" if strict else rule
