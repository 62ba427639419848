"""Laws that hold for any ruleset and findings, and the join held against trying every choice of findings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from prism_rules.diagnosis import Diagnoses, diagnose
from prism_rules.model.plan import Finding
from prism_rules.model.ruleset import Cause, Leaf, Rule, When
from prism_rules.ruleset import Resolved

from .case import build_ruleset, read_finding

FAMILY = {"x": "metal", "y": "metal", "z": "glass", "w": "(none)"}
VALUES = {
    "class": list(FAMILY), "site": ["s", "t"], "camera": ["k", "m"], "family": ["metal", "glass"],
    "of": ["brightness", "contrast"],
}  # fmt: skip
STATUSES = [
    "fail", "fail", "fail", "pass", "warn", "warn/fail", "unsure/warn", "unsure/fail", "insufficient", "no_data",
    "waived:fail", "waived:pass", "waived:warn/fail", "waived:unsure/fail", "waived:no_data",
]  # fmt: skip
NAMES = ("a", "b", "d", "e")

BYS = st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=2, unique=True).map(tuple)
LEAVES = st.builds(
    lambda rule, status, anywhere, weight: Leaf(rule=rule, status=status, anywhere=anywhere, weight=weight),
    st.sampled_from(NAMES),
    st.sampled_from(["fail", ("fail",), ("fail", "unsure"), ("warn", "pass"), ("insufficient", "no_data"), "unsure"]),
    st.sampled_from([False, False, False, True]), st.sampled_from([1.0, 1.0, 0.5, 4.0]),
)  # fmt: skip
BARE = st.sampled_from(NAMES)


def build_whens(terms: st.SearchStrategy[Any]) -> st.SearchStrategy[When]:
    """Any mix of `all`, `any` and `none` that asks for something, `none` alone too."""
    return st.builds(
        lambda all_, any_, none: When(all=tuple(all_), any=tuple(any_), none=tuple(none)),
        st.lists(terms, max_size=2), st.lists(terms, max_size=2), st.lists(terms, max_size=1),
    ).filter(lambda when: bool(when.all or when.any or when.none))  # fmt: skip


SIMPLE = build_whens(st.one_of(BARE, LEAVES))
DEEPER = build_whens(st.one_of(BARE, LEAVES, SIMPLE))
WHENS = build_whens(st.one_of(BARE, LEAVES, LEAVES, SIMPLE, DEEPER))


@cache
def build_empty() -> Resolved:
    classes = {name: {"family": family} if family != "(none)" else {} for name, family in FAMILY.items()}
    return build_ruleset({"a": ["class"]}, {}, classes=classes)


def list_given(term: str | Leaf | When, bys: dict[str, tuple[str, ...]]) -> set[str]:
    """The dimensions that every way to a term has: a cause's `by` is taken from them."""
    if not isinstance(term, When):
        leaf = read_leaf(term)
        return set() if leaf.anywhere else set(bys[leaf.rule])
    given = set().union(*(list_given(inner, bys) for inner in term.all))
    branches = [list_given(inner, bys) for inner in term.any]
    return given | set.intersection(*branches) if branches else given


@st.composite
def trials(draw: st.DrawFn) -> tuple[Resolved, list[Finding]]:
    bys = {name: draw(BYS) for name in NAMES}
    causes = {}
    for name in ("root", "effect"):
        when = draw(WHENS)
        by = draw(st.lists(st.sampled_from(sorted(list_given(when, bys)) or ["-"]), max_size=2, unique=True))
        leads_to = ("effect",) if name == "root" else ()
        against = tuple(draw(st.lists(st.one_of(BARE, LEAVES), max_size=2)))
        by = [d for d in by if d != "-"]
        causes[name] = Cause(kind="drift", by=tuple(by), when=when, against=against, leads_to=leads_to)
    empty = build_empty()
    rules = {name: build_rule(by) for name, by in bys.items()}
    model = empty.model.model_copy(update={"rules": rules, "causes": causes})
    texts = {}
    for name, by in bys.items():
        for _ in range(draw(st.integers(0, 3))):
            scope = {dimension: draw(st.sampled_from(VALUES[dimension])) for dimension in by}
            if {"class", "family"} <= scope.keys():
                scope["family"] = FAMILY[scope["class"]]
            pairs = " ".join(f"{dimension}={value}" for dimension, value in scope.items())
            texts[name, pairs] = f"{name} {draw(st.sampled_from(STATUSES))} {pairs}"
        if by and draw(st.booleans()) and draw(st.booleans()):
            texts[name, ""] = f"{name} no_data"  # it met nothing at all, and says so for no place in particular
    return replace(empty, model=model), [read_finding(text) for text in texts.values()]


def build_rule(by: tuple[str, ...]) -> Rule:
    """A rule whose scopes have these dimensions; `of` tells apart the columns that it measures."""
    if "of" not in by:
        return Rule(source="seen", metric="mean_confidence", by=by)
    return Rule(source="seen", metric="mean", of=tuple(VALUES["of"]), by=tuple(d for d in by if d != "of"))


@settings(max_examples=300, deadline=None)
@given(trials())
def test_the_join_finds_what_trying_every_choice_finds(trial: tuple[Resolved, list[Finding]]) -> None:
    resolved, findings = trial
    found = {
        (d.cause, tuple(sorted(d.scope.items()))): (d.verdict, sorted(map(write_scope, d.at)), sorted(d.evidence))
        for d in diagnose(resolved, findings).diagnoses
    }
    assert found == try_every_choice(resolved, keep_placed(resolved, findings))


@settings(max_examples=200, deadline=None)
@given(trials())
def test_the_score_is_what_speaks_for_a_cause_out_of_all_that_speaks(trial: tuple[Resolved, list[Finding]]) -> None:
    resolved, findings = trial
    for d in diagnose(resolved, findings).diagnoses:
        cause = resolved.model.causes[d.cause]
        told = weigh_plainly(cause, d.scope, d.at, keep_placed(resolved, findings))
        assert (d.score, sorted(d.against), sorted(d.unknown)) == told


@settings(max_examples=100, deadline=None)
@given(trials(), st.randoms())
def test_the_order_of_findings_plays_no_part(trial: tuple[Resolved, list[Finding]], random: Any) -> None:
    resolved, findings = trial
    shuffled = random.sample(findings, len(findings))
    assert diagnose(resolved, shuffled) == diagnose(resolved, findings)


@settings(max_examples=100, deadline=None)
@given(trials())
def test_heads_come_first_and_nothing_is_lost(trial: tuple[Resolved, list[Finding]]) -> None:
    resolved, findings = trial
    found: Diagnoses = diagnose(resolved, findings)
    ranks = {d.id: d.rank for d in found.diagnoses}
    reached = {one for d in found.diagnoses for one in d.leads_to}
    assert list(ranks.values()) == list(range(1, len(ranks) + 1))
    for d in found.diagnoses:
        assert 0 <= d.score <= 1
        assert all(ranks[one] > d.rank for one in d.leads_to)
        assert d.head == (d.verdict == "diagnosed" and d.id not in reached)
    assert [chain[0] for chain in found.chain] == [d.id for d in found.diagnoses if d.head and d.leads_to]
    explained = {one for d in found.diagnoses for one in d.evidence}
    assert {*found.unexplained} == {f.id for f in findings if f.status == "fail"} - explained


# --- The reference: every choice of one finding per leaf, and of one branch per `any`.


def keep_placed(resolved: Resolved, findings: list[Finding]) -> list[Finding]:
    """Findings that are of a place: of all dimensions of their rule."""
    rules = resolved.model.rules
    lengths = {name: len(rule.by) + isinstance(rule.of, tuple) for name, rule in rules.items()}
    return [f for f in findings if len(f.scope) == lengths[f.rule]]


def read_leaf(term: str | Leaf) -> Leaf:
    return Leaf(rule=term) if isinstance(term, str) else term


def weigh_plainly(
    cause: Cause, scope: dict[str, str], at: Any, findings: list[Finding]
) -> tuple[float, list[str], list[str]]:
    """P / (P + F + A), the findings against, and those that are unknown, at the places where the findings met."""
    places = [{**scope, **place} for place in at] or [scope]
    speaks, denies = 0.0, 0.0
    against, unknown = set(), set()

    def listen(term: str | Leaf) -> tuple[float, bool | None, list[Finding]] | None:
        leaf = read_leaf(term)
        said = [
            (read_truth(leaf, f), f) for f in findings
            if f.rule == leaf.rule and (leaf.anywhere or any(agree(f.scope, place) for place in places))
        ]  # fmt: skip
        truths = [truth for truth, _ in said]
        together = True if True in truths else None if None in truths else False
        return (leaf.weight, together, [f for truth, f in said if truth is together]) if said else None

    for term, turned in list_terms(cause.when, turned=False):
        heard = listen(term)
        if heard is None:
            continue
        weight, truth, of = heard
        if truth is None:
            unknown |= {f.id for f in of}
        elif truth is not turned:
            speaks += weight
        else:
            denies += weight
    for term in cause.against:
        heard = listen(term)
        if heard is not None and heard[1]:
            denies += heard[0]
            against |= {f.id for f in heard[2]}
    total = speaks + denies
    return round(speaks / total, 6) if total else 0.0, sorted(against), sorted(unknown)


def list_terms(when: When, *, turned: bool) -> Iterator[tuple[str | Leaf, bool]]:
    """Every leaf of a `when`, and whether it speaks for the cause when it is not true: under one `none`, not two."""
    for terms, here in ((when.all, turned), (when.any, turned), (when.none, not turned)):
        for term in terms:
            if isinstance(term, When):
                yield from list_terms(term, turned=here)
            else:
                yield term, here


Choice = tuple[list[tuple[dict[str, str], bool | None, set[str]]], list[When | Leaf]]
"""What is chosen (scope, truth, ids), and the terms of `none` that the choice must stand against."""


def try_every_choice(resolved: Resolved, findings: list[Finding]) -> dict[Any, Any]:
    expected = {}
    for name, cause in resolved.model.causes.items():
        places: dict[Any, list[Any]] = {}
        for chosen, nones in list_choices(cause.when, findings):
            truth = decide(chosen, nones, [], findings)
            if truth is False:
                continue
            scope = {dimension: value for one, _, _ in chosen for dimension, value in one.items()}
            at = {
                dimension: value for dimension, value in scope.items()
                if dimension not in cause.by and not (dimension == "family" and "class" in scope)
            }  # fmt: skip
            evidence = {one for _, true, ids in chosen if true for one in ids}
            key = (name, tuple(sorted((dimension, scope[dimension]) for dimension in cause.by)))
            places.setdefault(key, []).append((truth, write_scope(at), evidence))
        for key, ways in places.items():
            kept = [way for way in ways if way[0]] or [way for way in ways if way[2]]
            if kept:
                evidence = set().union(*(way[2] for way in kept))
                waived = bool(evidence) and all(f.status == "waived" for f in findings if f.id in evidence)
                verdict = "waived" if waived else "diagnosed" if kept[0][0] else "undetermined"
                at_places = sorted({way[1] for way in kept})
                expected[key] = (verdict, at_places if at_places != [""] else [], sorted(evidence))
    return expected


def list_choices(term: Any, findings: list[Finding]) -> Iterator[Choice]:
    if not isinstance(term, When):
        leaf = read_leaf(term)
        said = [(f.scope, read_truth(leaf, f), {f.id}) for f in findings if f.rule == leaf.rule]
        if leaf.anywhere and said:
            truths = [truth for _, truth, _ in said]
            truth = True if True in truths else None if None in truths else False
            said = [({}, truth, set().union(*(ids for _, one, ids in said if one is truth)))]
        yield from (([one], []) for one in said)
        return
    parts = [list(list_choices(inner, findings)) for inner in term.all]
    if term.any:
        branches = [choice for inner in term.any for choice in list_choices(inner, findings)]
        parts.append([add_speakers(branch, branches) for branch in branches])
    for choices in itertools.product(*parts):
        chosen = [one for choice in choices for one in choice[0]]
        yield chosen, [*(none for choice in choices for none in choice[1]), *term.none]


def add_speakers(branch: Choice, branches: list[Choice]) -> Choice:
    """What is true in the place of a branch, or in a wider one, speaks there too."""
    place = spread(branch)
    if place is None or not all(truth for _, truth, _ in branch[0]):
        return branch
    beside = [
        one for other in branches
        if not other[1] and all(truth for _, truth, _ in other[0])
        and (there := spread(other)) is not None and there.items() <= place.items()
        for one in other[0]
    ]  # fmt: skip
    return [*branch[0], *beside], branch[1]


def spread(branch: Choice) -> dict[str, str] | None:
    """The place of all that was chosen, families named; None where it is not one place."""
    place: dict[str, str] = {}
    for scope, _, _ in branch[0]:
        named = {"family": FAMILY[scope["class"]], **scope} if "class" in scope else scope
        if any(place.get(dimension, value) != value for dimension, value in named.items()):
            return None
        place |= named
    return place


def decide(chosen: list[Any], nones: list[Any], beside: list[Any], findings: list[Finding]) -> bool | None:
    """The truth of a choice that must agree with itself and with what is chosen beside it; NOT OR for each `none`."""
    together = [*beside, *chosen]
    if not all(agree(one[0], other[0]) for one, other in itertools.combinations(together, 2)):
        return False
    truths = [truth for _, truth, _ in chosen]
    for none in nones:
        found = [decide(*choice, together, findings) for choice in list_choices(none, findings)]
        truths.append(False if True in found else None if None in found else True)
    return False if False in truths else None if None in truths else True


def agree(one: dict[str, str], other: dict[str, str]) -> bool:
    if any(one[dimension] != other[dimension] for dimension in one.keys() & other.keys()):
        return False
    for this, that in ((one, other), (other, one)):
        if "class" in this and "family" in that and FAMILY[this["class"]] != that["family"]:
            return False
    return True


def read_truth(leaf: Leaf, finding: Finding) -> bool | None:
    status = finding.hides if finding.status == "waived" else finding.status
    if status in ([leaf.status] if isinstance(leaf.status, str) else leaf.status):
        return True
    return None if status in {"unsure", "insufficient", "no_data"} else False


def write_scope(scope: dict[str, str]) -> str:
    return " ".join(f"{dimension}={value}" for dimension, value in sorted(scope.items()))
