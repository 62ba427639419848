"""Every sentence on explaining, as a small ruleset with its findings and what they must come to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from prism_rules.model.plan import Diagnosis

from .case import build_ruleset, diagnose_texts, name_diagnosis, name_finding, write_diagnosis

CASES = YAML(typ="safe").load(Path(__file__).with_name("explaining.yaml"))
IDS = {"evidence": name_finding, "against": name_finding, "unknown": name_finding, "leads_to": name_diagnosis}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_findings_are_explained(case: dict[str, Any]) -> None:
    rest = {key: case[key] for key in ("classes", "question") if key in case}
    found = diagnose_texts(build_ruleset(case["rules"], case["causes"], **rest), case["findings"])
    expected = case["expect"]
    named = [(write_diagnosis(diagnosis), diagnosis) for diagnosis in found.diagnoses]
    assert [name for name, _ in named] == [entry["is"] for entry in expected["diagnoses"]]
    assert [diagnosis.rank for _, diagnosis in named] == list(range(1, len(named) + 1))
    for entry in expected["diagnoses"]:
        diagnosis = dict(named)[entry["is"]]
        assert diagnosis.id == name_diagnosis(entry["is"])
        assert read_keys(diagnosis, entry) == entry | {"is": entry["is"]}
    if "chain" in expected:
        assert found.chain == tuple(tuple(map(name_diagnosis, chain)) for chain in expected["chain"])
    if "unexplained" in expected:
        assert found.unexplained == tuple(map(name_finding, expected["unexplained"]))


def read_keys(diagnosis: Diagnosis, entry: dict[str, Any]) -> dict[str, Any]:
    """Read from a diagnosis what the entry speaks of, with ids written back as the entry writes them."""
    shown: dict[str, Any] = {"is": write_diagnosis(diagnosis)}
    for key in entry.keys() - {"is"}:
        value = getattr(diagnosis, key)
        if key in IDS:
            names = {IDS[key](text): text for text in entry[key]}
            value = [names.get(identity, identity) for identity in value]
        shown[key] = list(value) if isinstance(value, tuple) else value
    return shown


def test_the_sentences_have_their_cases() -> None:
    assert len({case["name"] for case in CASES}) == len(CASES) > 40
