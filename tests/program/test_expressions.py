"""What is said where a condition would take apart what a metric compares."""

from __future__ import annotations

from typing import Any

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.program import gate_expressions


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (
            {"source": "annotations", "metric": "krippendorff_alpha", "where": "class <> 'ok' AND annotator <> 'a'"},
            "`krippendorff_alpha` is about all labels of a unit, and this asks for the annotator and the class",
        ),
        (
            {"source": "predictions", "metric": "recall", "where": "site = 'p' AND class = 'ok'"},
            "`recall` counts the rows of a label whatever was predicted, and this asks for the class",
        ),
    ],
)
def test_a_refused_condition_is_told_in_the_words_of_its_metric(rule: dict[str, Any], told: str, world: Any) -> None:
    resolved = world.load(rules={"asks": {**rule, "fail": {"below": 0.5}}})
    with pytest.raises(Refused) as refused:
        gate_expressions(resolved)
    assert [problem.message for problem in refused.value.diagnostics] == [told]
