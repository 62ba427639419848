"""Overrides of which nobody could say which wins are refused, and no others: held against trying every scope."""

from __future__ import annotations

import itertools
import re
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset.checks.overrides import check_overrides

Match = dict[str, str]
CLASSES = {"a": "f", "ab": "f", "b": "g", "ba": None}
PLACES = ["".join(letters) for length in range(5) for letters in itertools.product("st", repeat=length)]
PLACES += ["…", "s…", "…t", "s…t", "st…", "s…tt"]
SCOPES = [
    {"class": name, "family": family or "(none)", "site": site, "camera": camera}
    for name, family in CLASSES.items() for site in PLACES for camera in ("", "k", "k…", "m", "…")
]  # fmt: skip
MATCHES = st.fixed_dictionaries(
    {},
    optional={
        "class": st.sampled_from(["a", "ab", "b", "ba", "*", "a*", "*a", "b*a"]),
        "family": st.sampled_from(["f", "g", "(none)", "*"]),
        "site": st.sampled_from(["s", "t", "st", "*", "s*", "*t", "s*t", "st*"]),
        "camera": st.sampled_from(["k", "*", "k*"]),
    },
).filter(bool)
OVERRIDES = st.lists(st.tuples(MATCHES, st.integers(1, 3)), min_size=2, max_size=4)


def fits(match: Match, scope: Match) -> bool:
    patterns = {name: "".join(".*" if c == "*" else re.escape(c) for c in text) for name, text in match.items()}
    return all(re.fullmatch(pattern, scope[name]) for name, pattern in patterns.items())


def rank(match: Match) -> tuple[int, int, int]:
    """More exact dimensions, more globs, the longer literal beginning."""
    globs = [text for text in match.values() if "*" in text]
    return len(match) - len(globs), len(globs), sum(len(text.split("*")[0]) for text in globs)


def find_undecided(overrides: list[tuple[Match, int]], scopes: list[Match]) -> list[Match]:
    """List the scopes at which the most specific of the overrides that fit do not agree."""
    undecided = []
    for scope in scopes:
        fitting = [(match, n) for match, n in overrides if fits(match, scope)]
        best = [(match, n) for match, n in fitting if rank(match) == max(rank(other) for other, _ in fitting)]
        if any("class" in match for match, _ in best):
            # Class beats family.
            best = [(match, n) for match, n in best if "class" in match or "family" not in match]
        if len({n for _, n in best}) > 1:
            undecided.append(scope)
    return undecided


@settings(max_examples=125)
@given(OVERRIDES)
def test_what_is_undecided_somewhere_is_refused_with_a_scope_that_both_match(
    overrides: list[tuple[Match, int]],
) -> None:
    rule = {
        "source": "seen", "metric": "sql", "by": ["class", "site", "camera"],
        "overrides": {f"o{i}": {"match": match, "min_n": n} for i, (match, n) in enumerate(overrides)},
    }  # fmt: skip
    model = Ruleset.model_validate(
        {
            "apiVersion": "prism-rules/v1", "kind": "Ruleset", "metadata": {"name": "judged", "version": "1.0.0"},
            "classes": {name: {"family": family} if family else {} for name, family in CLASSES.items()},
            "rules": {"agreement": rule},
        }
    )  # fmt: skip
    draft: Any = SimpleNamespace(model=model, written={"classes": frozenset(model.classes)})
    problems = list(check_overrides(draft))
    assert bool(problems) == bool(find_undecided(overrides, SCOPES))
    for problem in problems:
        assert (problem.code, len(problem.spots)) == ("ambiguous-override", 2)
        named = dict(re.findall(r"(\w+) `([^`]*)`", problem.message.partition(" two settings")[0]))
        both = [overrides[int(str(spot.route[3]).removeprefix("o"))] for spot in problem.spots]
        assert both[0][1] != both[1][1]
        # Whatever it says nothing of, the scope lies in both, and nothing more specific decides everywhere.
        within = [scope for scope in SCOPES if named.items() <= scope.items()]
        assert all(fits(match, scope) for match, _ in both for scope in within)
        assert find_undecided(overrides, within)
