"""What a template may name of findings: of those that do not pass, of passes, of cleared ones, and of waivers."""

from __future__ import annotations

from prism_rules.model.plan import (
    BaselineValue,
    Bound,
    Cleared,
    Finding,
    HistoryPoint,
    Origin,
    Passing,
    WaiverEntry,
)
from prism_rules.render.results import judge_finding, say_held, say_result
from prism_rules.render.template.parts import SCOPE, Group, Listed, Part
from prism_rules.render.told import name_rule
from prism_rules.render.words import (
    format_unbound,
    is_experimental,
    name_reason,
    name_status,
    say_bound,
    say_change,
    say_end,
    say_finding,
    say_slices,
    say_support,
    say_value,
    say_window,
)
from prism_rules.templating import Leaf
from prism_rules.wording import name_scope

TEXT, NUMBER, TIME, FLAG = Leaf.TEXT, Leaf.NUMBER, Leaf.TIME, Leaf.FLAG

ORIGIN: Group[Origin] = Group("origin", {
    "file": Part(TEXT, "the file, as the plan names it", lambda o, _: o.file),
    "line": Part(NUMBER, "its line", lambda o, _: o.line),
})  # fmt: skip

BOUND: Group[Bound] = Group("bound", {
    "level": Part(TEXT, "`fail` or `warn`", lambda b, _: b.level),
    "kind": Part(TEXT, "`below`, `above`, `outside`, `drop`, `rise` or `change`", lambda b, _: b.kind),
    "value": Part(
        NUMBER, "the limit; unset for `outside`", lambda b, _: None if isinstance(b.value, tuple) else b.value
    ),
    "low": Part(NUMBER, "the lower end of `outside`", lambda b, _: b.value[0] if isinstance(b.value, tuple) else None),
    "high": Part(NUMBER, "the upper end of `outside`", lambda b, _: b.value[1] if isinstance(b.value, tuple) else None),
    "relative": Part(FLAG, "whether the limit is a share of the baseline", lambda b, _: b.relative),
    "words": Part(TEXT, "what it asks for: must be at least 0.75", lambda b, _: say_bound(b)),
})  # fmt: skip

BASELINE: Group[BaselineValue] = Group("baseline", {
    "value": Part(NUMBER, "its value", lambda b, _: b.value),
    "n": Part(NUMBER, "on how many rows or units it rests", lambda b, _: b.n),
    "source": Part(TEXT, "its source", lambda b, _: b.source),
    "place": Part(TEXT, "its place in words", lambda b, _: name_scope(b.scope)),
})  # fmt: skip

INTERVAL: Group[tuple[float, float]] = Group("interval", {
    "low": Part(NUMBER, "its lower end", lambda i, _: i[0]),
    "high": Part(NUMBER, "its upper end", lambda i, _: i[1]),
})  # fmt: skip

WINDOW: Group[tuple[str | None, str]] = Group("window", {
    "from": Part(TIME, "its start; unset where it has none", lambda w, _: w[0]),
    "to": Part(TIME, "its end, exclusive", lambda w, _: w[1]),
    "words": Part(TEXT, "both by their days", lambda w, _: say_window(w)),
})  # fmt: skip

POINT: Group[HistoryPoint] = Group("point", {
    "to": Part(TIME, "the end of its window", lambda p, _: p.to),
    "value": Part(NUMBER, "what was measured", lambda p, _: p.value),
    "n": Part(NUMBER, "on how many rows or units", lambda p, _: p.n),
    "status": Part(TEXT, "the status it had", lambda p, _: p.status),
})  # fmt: skip

FINDING: Group[Finding] = Group("finding", {
    "id": Part(TEXT, "its id, as `explain` takes it", lambda f, _: f.id),
    "rule": Part(TEXT, "the id of its rule", lambda f, _: f.rule),
    "title": Part(TEXT, "the title of its rule", lambda f, t: name_rule(f.rule, t.plan)),
    "place": Part(TEXT, "its place in words: edge-chip at plant-2", lambda f, _: name_scope(f.scope)),
    "scope": Part(SCOPE, "its place by dimension: `scope.class`", lambda f, _: f.scope),
    "status": Part(
        TEXT, "`fail`, `warn`, `unsure`, `insufficient`, `no_data` or `waived`", lambda f, _: f.status
    ),
    "outcome": Part(
        TEXT, "what it comes to: `fails`, `warns`, `tried` (of an experimental rule), `waived` or `unknown`",
        lambda f, t: judge_finding(f, t.plan),
    ),
    "status_words": Part(
        TEXT, "its status in words: fail, unsure, may fail, waived (fail)",
        lambda f, t: name_status(f, t.plan).replace("_", " "),
    ),
    "words": Part(TEXT, "status, value and bound in a sentence, or why there is no value",
                  lambda f, t: say_result(f, t.plan)),
    "value": Part(NUMBER, "what was measured; unset where nothing was", lambda f, _: f.value),
    "value_words": Part(TEXT, "the value as the report has it, with its interval", lambda f, t: say_value(f, t.plan)),
    "n": Part(NUMBER, "on how many rows or units it rests", lambda f, _: f.n),
    "unit": Part(TEXT, "of what `n` counts", lambda f, _: f.unit),
    "support": Part(TEXT, "both in words, with what was left out: 99 rows, 1 left out", lambda f, _: say_support(f)),
    "interval": Part(INTERVAL, "how sure the value is", lambda f, _: f.interval),
    "confidence": Part(NUMBER, "the confidence of the interval", lambda f, _: f.confidence),
    "bound": Part(BOUND, "the bound that decided it", lambda f, _: f.bound),
    "bound_words": Part(TEXT, "the bound in words, with what was measured against it", lambda f, _: say_finding(f)),
    "baseline": Part(BASELINE, "what the value was compared with", lambda f, _: f.baseline),
    "window": Part(WINDOW, "the time it was measured over", lambda f, _: f.window),
    "change": Part(TEXT, "`new`, `worse`, `same`, `better` or `lost`", lambda f, _: f.change),
    "change_words": Part(TEXT, "how it stands to the plan before, in words", lambda f, t: say_change(t.plan, f)),
    "since": Part(TIME, "since when it has not passed", lambda f, _: f.since),
    "unsure_of": Part(TEXT, "the higher level that may be reached, of `unsure`", lambda f, _: f.unsure_of),
    "hides": Part(TEXT, "the status that a waiver hides", lambda f, _: f.hides),
    "waiver": Part(TEXT, "the id of that waiver", lambda f, _: f.waiver),
    "experimental": Part(FLAG, "whether its rule is only tried out", lambda f, t: is_experimental(f, t.plan)),
    "reason": Part(TEXT, "why it has no value or is in doubt, in words",
                   lambda f, _: name_reason(f.reason) if f.reason else None),
    "changed_at": Part(TIME, "of a series: since when it has been leaving its place", lambda f, _: f.changed_at),
    "slope": Part(NUMBER, "of a series: the change per step", lambda f, _: f.slope),
    "stands_out": Part(Listed(TEXT), "which conditions or classes stand out, a line for each kind",
                       lambda f, _: say_slices(f)),
    "causes": Part(Listed(TEXT), "the causes that it speaks for", lambda f, t: t.causes.get(f.id, ())),
    "history": Part(Listed(POINT), "up to eight earlier windows, the newest last",
                    lambda f, t: t.plan.history.get(f.id, ())),
    "origin": Part(ORIGIN, "where its bound is written; unset where the plan does not know it",
                   lambda f, t: t.plan.origins.get(f.bound.origin) if f.bound else None),
})  # fmt: skip

PASS: Group[Passing] = Group("pass", {
    "id": Part(TEXT, "its id", lambda f, _: f.id),
    "rule": Part(TEXT, "the id of its rule", lambda f, _: f.rule),
    "title": Part(TEXT, "the title of its rule", lambda f, t: name_rule(f.rule, t.plan)),
    "place": Part(TEXT, "its place in words", lambda f, _: name_scope(f.scope)),
    "scope": Part(SCOPE, "its place by dimension", lambda f, _: f.scope),
    "value": Part(NUMBER, "what was measured", lambda f, _: f.value),
    "value_words": Part(TEXT, "the value in words", lambda f, t: format_unbound(f.value, f.rule, t.plan)),
    "n": Part(NUMBER, "on how many rows or units it rests", lambda f, _: f.n),
})  # fmt: skip

CLEARED: Group[Cleared] = Group("cleared", {
    "id": Part(TEXT, "its id", lambda c, _: c.id),
    "rule": Part(TEXT, "the id of its rule", lambda c, _: c.rule),
    "title": Part(TEXT, "the title of its rule", lambda c, t: name_rule(c.rule, t.plan)),
    "place": Part(TEXT, "its place in words", lambda c, _: name_scope(c.scope)),
    "scope": Part(SCOPE, "its place by dimension", lambda c, _: c.scope),
    "was": Part(NUMBER, "the value of the plan before", lambda c, _: c.was),
    "was_words": Part(TEXT, "that value in words", lambda c, t: format_unbound(c.was, c.rule, t.plan)),
    "value": Part(NUMBER, "the value now", lambda c, _: c.value),
    "value_words": Part(TEXT, "that value in words, with the baseline where a bound compares with it",
                        lambda c, t: say_held(c, t.plan)),
    "baseline": Part(BASELINE, "what the value is compared with now", lambda c, _: c.baseline),
    "since": Part(TIME, "since when it had not passed", lambda c, _: c.since),
})  # fmt: skip

WAIVER: Group[WaiverEntry] = Group("waiver", {
    "id": Part(TEXT, "its id", lambda w, _: w.id),
    "rule": Part(TEXT, "the id of its rule", lambda w, _: w.rule),
    "title": Part(TEXT, "the title of its rule", lambda w, t: name_rule(w.rule, t.plan)),
    "match": Part(TEXT, "the places that it is about, in words", lambda w, _: name_scope(w.match)),
    "until": Part(TIME, "its last day", lambda w, _: w.until),
    "days_left": Part(NUMBER, "days until it ends; zero or less of one that has expired", lambda w, _: w.days_left),
    "expired": Part(FLAG, "whether it has expired", lambda w, _: w.expired),
    "words": Part(TEXT, "when it ends, in words: until 2026-04-30, 60 days left", lambda w, _: say_end(w)),
    "by": Part(TEXT, "who gave it", lambda w, _: w.by),
    "because": Part(TEXT, "why", lambda w, _: w.because),
    "findings": Part(Listed(FINDING), "what it hides; of an expired one, what it would hide",
                     lambda w, t: t.pick(w.findings)),
})  # fmt: skip
