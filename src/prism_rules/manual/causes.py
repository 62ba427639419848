"""A cause in sentences: when it holds, what speaks against it, what it leads to, and who answers it."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.manual.overview import Overview
from prism_rules.manual.paragraphs import Item, Paragraph, list_all
from prism_rules.manual.phrases import fill_text, say_each
from prism_rules.manual.voice import Voice, say_asked
from prism_rules.model.ruleset import Leaf, When
from prism_rules.ruleset.terms import BRANCHES, read_leaf
from prism_rules.wording import join_all

_HEADS = {"all": "all of these are so", "any": "at least one of these is so", "none": "none of these is so"}


def tell_cause(overview: Overview, name: str, voice: Voice) -> Iterator[Paragraph]:
    """Tell a cause in paragraphs."""
    cause = overview.model.causes[name]
    kind = cause.kind.replace("_", " ")
    gap = f"; gap: {cause.gap.replace('_', ' ')}" if cause.gap else ""
    risk = f"; risk: {cause.risk}" if cause.risk else ""
    yield Paragraph("Kind", f"{kind.capitalize()}{gap}{risk}.")
    text, items = _say_when(cause.when, voice)
    yield Paragraph("Holds", f"{say_each(cause.by).capitalize()}, where {text}", items)
    if cause.explain is not None:
        yield Paragraph("Says", fill_text(overview, ("causes", name, "explain"), voice))
    if cause.against:
        yield list_all("Against it", (_say_leaf(leaf, voice) for leaf in cause.against))
    if cause.leads_to:
        led = join_all(voice.refer("cause", other) for other in cause.leads_to)
        yield Paragraph("Leads to", f"{led}.")
    actions = [voice.refer("action", other) for other in overview.answers.get(name, ())]
    yield Paragraph("Answered by", f"{join_all(actions)}." if actions else "No action.")


def _say_when(when: When, voice: Voice) -> tuple[str, tuple[Item, ...]]:
    """Say a condition: a plain one in the sentence, any other as a list below it."""
    branches = [(branch, getattr(when, branch)) for branch in BRANCHES if getattr(when, branch)]
    [(branch, terms), *more] = branches
    if not more and branch != "none" and all(not isinstance(term, When) for term in terms) and len(terms) <= 2:
        word = "and" if branch == "all" else "or"
        return f"{f', {word} '.join(_say_leaf(term, voice) for term in terms)}.", ()
    if not more:
        return f"{_HEADS[branch]}:", tuple(_list_terms(terms, voice, 0))
    return f"{_HEADS['all']}:", tuple(_list_branches(when, voice, 0))


def _list_branches(when: When, voice: Voice, depth: int) -> Iterator[Item]:
    """List what has to be so together: each term of `all`, then `any` and `none` as one each."""
    yield from _list_terms(when.all, voice, depth)
    for branch, terms in (("any", when.any), ("none", when.none)):
        if len(terms) == 1 and branch == "any":
            yield from _list_terms(terms, voice, depth)
        elif terms:
            yield Item(depth, f"{_HEADS[branch]}:")
            yield from _list_terms(terms, voice, depth + 1)


def _list_terms(terms: tuple[str | Leaf | When, ...], voice: Voice, depth: int) -> Iterator[Item]:
    for term in terms:
        if not isinstance(term, When):
            yield Item(depth, _say_leaf(term, voice))
        elif len(term.all) + bool(term.any) + bool(term.none) > 1:
            yield Item(depth, f"{_HEADS['all']}:")
            yield from _list_branches(term, voice, depth + 1)
        else:
            yield from _list_branches(term, voice, depth)


def _say_leaf(term: str | Leaf, voice: Voice) -> str:
    leaf = read_leaf(term)
    weight = f" (weight {leaf.weight:g})" if leaf.weight != 1 else ""
    return f"{say_asked(leaf, voice)}{weight}"
