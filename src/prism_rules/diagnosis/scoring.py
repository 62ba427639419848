"""Scoring: how much of what a cause asks for is there, in the places where it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prism_rules.diagnosis.leaves import Leaves, Reading
from prism_rules.diagnosis.truth import either, negate
from prism_rules.model.plan import Scope
from prism_rules.model.ruleset import Cause, Leaf, When
from prism_rules.model.scopes import Located


@dataclass(frozen=True, slots=True)
class Voice:
    """A rule that speaks for a cause or against it; under `none` it speaks for the cause when it is not true."""

    weight: float
    readings: Located[Reading]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """P / (P + F + A) with P itself, and the findings that speak against the cause or cannot speak yet."""

    value: float
    support: float
    against: frozenset[str]
    unknown: frozenset[str]


class Scale:
    """The voices of one cause, to be weighed at each of its diagnoses."""

    def __init__(self, cause: Cause, leaves: Leaves) -> None:
        self._voices = list(_list_voices(cause.when, leaves, negated=False))
        self._opposing = [_make_voice(term, leaves) for term in cause.against]

    def weigh(self, places: Sequence[Scope]) -> Score:
        """Weigh what is said at scopes that agree with one of the places. A rule without a finding there is silent."""
        support = doubt = 0.0
        against: set[str] = set()
        unknown: set[str] = set()
        for voice in self._voices:
            said = _listen(voice, places)
            truth = either(reading.truth for reading in said)
            if not said:
                continue
            if truth is None:
                unknown.update(*(reading.findings for reading in said if reading.truth is None))
            elif negate(truth) if voice.negated else truth:
                support += voice.weight
            else:
                doubt += voice.weight
        for voice in self._opposing:
            failing = [reading.findings for reading in _listen(voice, places) if reading.truth]
            against.update(*failing)
            doubt += voice.weight if failing else 0.0
        total = support + doubt
        return Score(round(support / total, 6) if total else 0.0, support, frozenset(against), frozenset(unknown))


def _list_voices(when: When, leaves: Leaves, *, negated: bool) -> Iterator[Voice]:
    for terms, turned in ((when.all, negated), (when.any, negated), (when.none, not negated)):
        for term in terms:
            if isinstance(term, When):
                yield from _list_voices(term, leaves, negated=turned)
            else:
                yield _make_voice(term, leaves, negated=turned)


def _make_voice(term: str | Leaf, leaves: Leaves, *, negated: bool = False) -> Voice:
    return Voice(1.0 if isinstance(term, str) else term.weight, leaves.read(term), negated)


def _listen(voice: Voice, places: Sequence[Scope]) -> list[Reading]:
    return [reading for place in places for reading in voice.readings.find_agreeing(place)]
