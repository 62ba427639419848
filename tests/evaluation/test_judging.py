"""A value against a bound: every kind of bound, on it and beside it, and values that are no numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import takewhile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prism_rules.evaluation import Measurement, round_value
from prism_rules.evaluation.judging import Crossing, Verdict, combine, find_tail, weigh
from prism_rules.inference import Estimate
from prism_rules.model.plan import BaselineValue, ResolvedBound
from prism_rules.ruleset.judgement import Judgement

BASELINE = 0.5
WINDOW = (None, "2026-03-01T00:00:00Z")
WARN = ResolvedBound(level="warn", kind="below", value=0.8, origin="rules.r.warn.below")
FAIL = ResolvedBound(level="fail", kind="below", value=0.6, origin="rules.r.fail.below")
# Kind, its value, whether a percentage -> values that cross it and values that do not, beside a baseline of 0.5.
BOUNDS = [
    ("below", 0.25, False, [-1e9, 0.0, 0.249999], [0.25, 0.250001, 1e9]),
    ("above", 0.25, False, [0.250001, 1e9], [-1e9, 0.249999, 0.25]),
    ("outside", (0.25, 0.75), False, [0.249999, 0.750001, -1e9, 1e9], [0.25, 0.5, 0.75]),
    ("drop", 0.1, False, [0.399999, 0.0, -1e9], [0.4, 0.400001, 0.5, 0.6, 1e9]),
    ("rise", 0.1, False, [0.600001, 1.0, 1e9], [0.6, 0.599999, 0.5, 0.4, -1e9]),
    ("change", 0.1, False, [0.399999, 0.600001, -1e9, 1e9], [0.4, 0.5, 0.6]),
    ("drop", 0.1, True, [0.449999, 0.0], [0.45, 0.5, 0.9]),
    ("rise", 0.1, True, [0.550001, 1.0], [0.55, 0.5, 0.1]),
    ("change", 0.1, True, [0.449999, 0.550001], [0.45, 0.5, 0.55]),
]
COMPARED = ("drop", "rise", "change")
NOT_NUMBERS = [None, math.nan, math.inf, -math.inf]


def set_bounds(kind: str, value: object, relative: bool, level: str = "fail", min_n: int = 3) -> Judgement:
    bound = ResolvedBound(level=level, kind=kind, value=value, relative=relative, origin="rules.r")
    return Judgement(True, min_n, (bound,) if level == "warn" else (), (bound,) if level == "fail" else ())


def decide(judgement: Judgement, value: float | None, baseline: float | None, n: int, reason: str | None) -> Any:
    """Judge one window: status, bound, reason."""
    window = (None, "2026-03-01T00:00:00Z")
    compared = (
        BaselineValue.model_construct(value=baseline, n=9, scope={}, source="s", window=window)
        if baseline is not None
        else None
    )
    ruling = combine([weigh(judgement, Measurement({}, window, value, n, reason, baseline=compared))], judgement)
    return ruling.status, ruling.bound, ruling.reason


@pytest.mark.parametrize("level", ["warn", "fail"])
@pytest.mark.parametrize(("kind", "bound", "relative", "beyond", "within"), BOUNDS)
def test_a_bound_is_crossed_strictly_beyond_it(
    kind: str, bound: object, relative: bool, beyond: list[float], within: list[float], level: str
) -> None:
    judgement = set_bounds(kind, bound, relative, level)
    assert [decide(judgement, value, BASELINE, 3, None)[0] for value in beyond] == [level] * len(beyond)
    assert [decide(judgement, value, BASELINE, 3, None)[0] for value in within] == ["pass"] * len(within)


@pytest.mark.parametrize("value", NOT_NUMBERS)
@pytest.mark.parametrize(("kind", "bound", "relative", "beyond", "within"), BOUNDS)
def test_what_is_no_number_crosses_nothing_and_passes_nothing(
    kind: str, bound: object, relative: bool, beyond: list[float], within: list[float], value: float | None
) -> None:
    judgement = set_bounds(kind, bound, relative)
    status, shown, reason = decide(judgement, value, BASELINE, 3, None)
    assert (status, reason, shown is not None) == ("no_data", "undefined", True)
    assert decide(judgement, value, BASELINE, 3, "single_class")[2] == "single_class"
    for number in (*beyond, *within):
        crossed = "fail" if number in beyond else "pass"
        expected = ("no_data", "no_baseline") if kind in COMPARED else (crossed, None)
        assert decide(judgement, number, value, 3, None)[::2] == expected


@pytest.mark.parametrize(("kind", "bound", "relative", "beyond", "within"), BOUNDS)
def test_too_few_is_neither_a_pass_nor_a_fail(
    kind: str, bound: object, relative: bool, beyond: list[float], within: list[float]
) -> None:
    judgement = set_bounds(kind, bound, relative)
    for value in (*beyond, *within):
        status, _, reason = decide(judgement, value, BASELINE, 2, None)
        assert (status, reason) == ("insufficient", "2 of the 3 that the rule asks for")


def test_without_a_bound_a_value_passes_and_no_value_does_not() -> None:
    judgement = Judgement(True, 0, (), ())
    assert decide(judgement, 0.5, None, 0, None) == ("pass", None, None)
    assert decide(judgement, None, None, 0, "no_rows") == ("no_data", None, "no_rows")


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (0.0000005, 0.0),  # 5e-7 is a little less than half in binary
        (0.5000005, 0.5),  # and so is this
        (1 / 3, 0.333333),
        (2 / 3, 0.666667),
        (2.0**-7, 0.007812),  # 0.0078125 is exact in binary: half goes to the even digit
        (3 * 2.0**-7, 0.023438),  # 0.0234375
        (-(2.0**-7), -0.007812),
        (-0.0, 0.0),
        (-0.0000004, 0.0),
        (1e15 + 0.25, 1e15 + 0.25),
        (None, None),
        (math.nan, None),
        (math.inf, None),
        (-math.inf, None),
    ],
)
def test_values_are_rounded_half_to_even_to_six_decimals(value: float | None, rounded: float | None) -> None:
    assert round_value(value) == rounded
    assert str(round_value(value)) == str(rounded), "no negative zero"


SURE = Estimate(0.5, 400, 0.01)
"""A value that is known to a hundredth: its interval at 95% is 0.48 to 0.52."""


@pytest.mark.parametrize("value", NOT_NUMBERS)
@pytest.mark.parametrize(("kind", "bound", "relative", "_beyond", "_within"), BOUNDS)
def test_what_is_no_number_is_no_verdict_in_any_window_however_sure_or_often_it_is_asked_for(
    kind: str, bound: object, relative: bool, _beyond: list[float], _within: list[float], value: float | None
) -> None:
    judgement = replace(set_bounds(kind, bound, relative), confidence=0.95, streak=2)
    base = BaselineValue.model_construct(value=BASELINE, n=9, scope={}, source="s", window=WINDOW)
    none = Measurement({}, WINDOW, value, 400, baseline=base)
    for m in (none, replace(none, estimate=SURE, reference=SURE)):
        verdict = weigh(judgement, m, {"fail": 0.0}, 0.05)
        assert verdict == ("no_data", "undefined", {})
        assert combine([verdict, verdict], judgement).status == "no_data"
        assert find_tail(judgement, m, "fail") is None
    if kind in COMPARED:
        compared = Measurement({}, WINDOW, 0.9, 400, estimate=SURE, reference=SURE)
        for other in (None, BaselineValue.model_construct(value=value, n=9, scope={}, source="s", window=WINDOW)):
            verdict = weigh(judgement, replace(compared, baseline=other), {"fail": 0.0}, 0.05)
            assert verdict == ("no_data", "no_baseline", {})


@pytest.mark.parametrize(
    ("value", "critical", "status", "reason"),
    [
        (0.17, 0.17, "unsure", "not above the critical value 0.17"),
        (0.170001, 0.17, "fail", None),
        (0.12, 0.1712345, "unsure", "not above the critical value 0.171235"),
        # What crosses nothing passes.
        (0.1, 0.17, "pass", None),
    ],
)
def test_a_value_up_to_the_critical_one_of_its_metric_is_no_evidence(
    value: float, critical: float, status: str, reason: str | None
) -> None:
    judgement = set_bounds("above", 0.1, False)
    ruling = combine([weigh(judgement, Measurement({}, WINDOW, value, 40, critical=critical))], judgement)
    assert (ruling.status, ruling.reason) == (status, reason)


def test_a_metric_that_cannot_say_how_sure_it_is_never_leaves_doubt_behind() -> None:
    judgement = replace(set_bounds("above", 0.1, False), confidence=0.95)
    ruling = combine([weigh(judgement, Measurement({}, WINDOW, 0.9, 40))], judgement)
    assert (ruling.status, ruling.unsure_of, ruling.reason) == ("unsure", "fail", "no interval")


# What the windows of a scope say, the newest first: no verdict, nothing, a warning (in doubt), and a failure (in doubt)
# that is one beside a warning.
SAID = {
    "-": Verdict("no_data", "no_rows", {}),
    ".": Verdict(None, None, {}),
    "w?": Verdict(None, None, {"warn": Crossing(WARN, "doubt")}),
    "w": Verdict(None, None, {"warn": Crossing(WARN, None)}),
    "f?": Verdict(None, None, {"fail": Crossing(FAIL, "doubt"), "warn": Crossing(WARN, None)}),
    "f": Verdict(None, None, {"fail": Crossing(FAIL, None), "warn": Crossing(WARN, None)}),
}


@given(st.lists(st.sampled_from([*SAID]), min_size=1, max_size=7), st.integers(1, 4))
def test_a_streak_is_that_of_the_plain_reading(said: list[str], streak: int) -> None:
    judgement = Judgement(True, 3, (WARN,), (FAIL,), streak=streak)
    ruling = combine([SAID[word] for word in said], judgement)
    heard = [word for word in said if word != "-"]
    sure = {"warn": ("w", "f?", "f"), "fail": ("f",)}
    runs = {level: len([*takewhile(lambda word, words=words: word in words, heard)]) for level, words in sure.items()}
    beyond = [level for level in ("fail", "warn") if runs[level] >= streak and said[0] in sure[level]]
    crossed = {"-": [], ".": [], "w?": ["warn"], "w": ["warn"], "f?": ["fail", "warn"], "f": ["fail", "warn"]}[said[0]]
    if said[0] == "-":
        expected = ("no_data", None)
    elif not crossed:
        expected = ("pass", None)
    elif crossed[0] in beyond:
        expected = (crossed[0], None)
    else:
        expected = (beyond[0] if beyond else "unsure", crossed[0])
    assert (ruling.status, ruling.unsure_of) == expected
    if ruling.unsure_of and not said[0].endswith("?"):
        assert ruling.reason == f"streak {runs[ruling.unsure_of]} of {streak}"
