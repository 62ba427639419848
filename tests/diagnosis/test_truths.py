"""All, any and none over two and three rules, in every combination of the three values."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from prism_rules.ruleset import Resolved

from .case import build_ruleset, diagnose_texts

ROWS = [line.split() for line in Path(__file__).with_name("truths.txt").read_text("utf-8").splitlines()[2:]]
STATUS = {"T": "fail", "U": "no_data", "F": "pass"}
VERDICT = {"T": ["diagnosed"], "U": ["undetermined"], "F": []}
BRANCHES = ("all", "any", "none")


@cache
def ask(branch: str, leaves: int, given: bool) -> Resolved:
    """A cause over so many rules; with `given`, beside a rule that failed, so that the unknown shows."""
    names = ["a", "b", "d"][:leaves]
    rules = {name: ["class"] for name in ("given", *names)}
    when = {"all": ["given", {branch: names}]} if given else {branch: names}
    by = [] if branch == "none" and not given else ["class"]
    return build_ruleset(rules, {"c": {"by": by, "when": when}})


def find_verdicts(leaves: str, branch: str, *, given: bool) -> list[str]:
    findings = [f"{rule} {STATUS[value]} class=x" for rule, value in zip("abd", leaves, strict=False)]
    found = diagnose_texts(ask(branch, len(leaves), given), [*findings, *(["given fail class=x"] if given else [])])
    return [diagnosis.verdict for diagnosis in found.diagnoses]


def test_the_table_is_whole() -> None:
    assert len({row[0] for row in ROWS}) == len(ROWS) == 3**2 + 3**3


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("branch", BRANCHES)
def test_truths_are_combined_as_in_sql(row: list[str], branch: str) -> None:
    truth = row[1 + BRANCHES.index(branch)]
    assert find_verdicts(row[0], branch, given=True) == VERDICT[truth]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("branch", BRANCHES)
def test_the_unknown_needs_a_true_leaf_to_be_told(row: list[str], branch: str) -> None:
    truth = row[1 + BRANCHES.index(branch)]
    # What makes `none` true is a rule that did not fail: no leaf of it ever speaks for an unknown one.
    told = truth == "T" or (truth == "U" and "T" in row[0])
    assert find_verdicts(row[0], branch, given=False) == (VERDICT[truth] if told else [])
