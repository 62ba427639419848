"""Did you mean: what people mistype, and what they meant."""

from __future__ import annotations

import pytest

from prism_rules.diagnostics.suggest import did_you_mean, nearest

RULES = ["slice-absent", "slice-unvalidated", "low-confidence", "class-agreement", "ok", "dent"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("slice-abscent", "slice-absent"),
        ("slice_absent", "slice-absent"),
        ("Slice Absent", "slice-absent"),
        ("sliceabsent", "slice-absent"),
        ("lowconfidense", "low-confidence"),
        ("LOW-CONFIDENSE", "low-confidence"),
        ("class-agreemnet", "class-agreement"),
        ("confidence_low", "low-confidence"),
        ("OK", "ok"),
        ("dents", "dent"),
        ("slice", "slice-absent"),
        ("Class", "class-agreement"),
        ("brightness", None),
        ("", None),
    ],
)
def test_the_nearest_name(name: str, meant: str | None) -> None:
    assert nearest(name, RULES) == meant
    assert nearest(name, reversed(RULES)) == meant


def test_a_variant_in_case_or_hyphens_comes_before_a_closer_spelling() -> None:
    assert nearest("min_n", ["min-m", "MinN"]) == "MinN"


def test_what_begins_with_a_name_comes_before_what_is_spelt_like_it() -> None:
    assert nearest("recalibrate", ["escalate", "recalibrate_reviewers"]) == "recalibrate_reviewers"
    assert nearest("collect", ["collect_labels", "collect_data"]) == "collect_data"


def test_the_sentence_names_the_nearest_or_the_few_that_there_are() -> None:
    assert did_you_mean("slice-abscent", RULES) == "did you mean `slice-absent`?"
    assert did_you_mean("brightness", ["b2", "a1"]) == "known: `b2`, `a1`"
    assert did_you_mean("brightness", []) is None
    assert did_you_mean("brightness", [f"c{i}" for i in range(100)]) is None
