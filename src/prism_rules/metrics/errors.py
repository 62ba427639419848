"""Errors: labelled rows, and those of them whose label is another class than the prediction."""

from __future__ import annotations

from collections.abc import Mapping

from prism_rules.metrics.metric import Ask, Measure


def name_errors(_: Ask) -> Mapping[str, Measure]:
    """Rows with a label, and those of them with another one than the prediction."""
    return {"n": Measure("count", where="label IS NOT NULL"), "wrong": Measure("count", where="label <> class")}
