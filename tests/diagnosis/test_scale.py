"""Work grows with the findings and not with their pairs; where the answer itself would be too large it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import prism_rules.diagnosis.join
from prism_rules.diagnosis import diagnose
from prism_rules.diagnostics import Refused
from prism_rules.model.plan import Scope
from prism_rules.model.scopes import Located

from .case import build_ruleset, diagnose_texts, read_finding

CLASSES = [f"class-{number:02}" for number in range(50)]


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts every thing that any search by agreement gives."""
    count = [0]
    find = Located.find_agreeing

    def find_and_count(self: Located[Any], scope: Scope) -> Iterator[Any]:
        for thing in find(self, scope):
            count[0] += 1
            yield thing

    monkeypatch.setattr(Located, "find_agreeing", find_and_count)
    return count


def diagnose_many(sites: int) -> tuple[int, int]:
    """Four rules on 50 classes and so many sites, all failing; gives the number of findings and of diagnoses."""
    resolved = build_ruleset(
        {name: ["class", "site"] for name in ("a", "b", "d", "e")},
        {
            "root": {"by": ["class", "site"], "leads_to": ["effect"],
                     "when": {"all": ["a", "b"], "any": ["d", "e"]}, "against": ["e"]},
            "effect": {"by": ["class"], "when": {"all": ["a"], "none": [{"rule": "b", "status": "warn"}]}},
        },
    )  # fmt: skip
    findings = [
        read_finding(f"{rule} fail class={name} site=s{site:03}")
        for rule in ("a", "b", "d", "e") for name in CLASSES for site in range(sites)
    ]  # fmt: skip
    return len(findings), len(diagnose(resolved, findings).diagnoses)


def test_work_grows_with_the_findings_alone(looked_at: list[int]) -> None:
    findings, diagnoses = diagnose_many(9)
    assert (findings, diagnoses) == (1800, 450 + 50)
    first = looked_at[0]
    assert 0 < first < 10 * findings
    assert diagnose_many(36) == (7200, 1800 + 50)
    assert looked_at[0] - first <= 4 * first


def test_alternatives_add_up_and_do_not_multiply(looked_at: list[int]) -> None:
    either = {"any": ["b", "d"]}
    resolved = build_ruleset(
        {"a": ["class", "site"], "b": ["site"], "d": ["class"]},
        {"c": {"by": ["class", "site"], "when": {"all": ["a", *[either] * 12]}}},
    )
    found = diagnose_texts(resolved, ["a fail class=x site=s", "b fail site=s", "d fail class=x"])
    assert len(found.diagnoses[0].evidence) == 3
    # Twelve choices of two would be 4,096 ways; every step looks at two.
    assert looked_at[0] < 200


def test_rules_that_meet_in_too_many_places_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prism_rules.diagnosis.join, "MOST_WAYS", 999)
    resolved = build_ruleset(
        {"a": ["site", "class"], "b": ["site", "camera"], "d": ["site", "lighting"]},
        {"c": {"by": ["site"], "when": {"all": ["a", "b", "d"]}}},
    )
    texts = [f"a fail site=s class=x{n}" for n in range(10)] + [f"b fail site=s camera=k{n}" for n in range(10)]
    nine = [f"d fail site=s lighting=l{n}" for n in range(9)]
    assert len(diagnose_texts(resolved, texts + nine).diagnoses[0].at) == 900
    with pytest.raises(Refused) as refused:
        diagnose_texts(resolved, [*texts, *nine, "d fail site=s lighting=l9"])
    assert refused.value.exit_code == 6
    assert [(d.code, d.labels[0].file) for d in refused.value.diagnostics] == [("too-many-ways", "trial.yaml")]
