"""The closed words of the language, and the texts that it takes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from prism_rules.model.frozen import Logical

Risk = Literal["low", "medium", "high", "critical"]
Role = Literal["predictions", "annotations", "training", "validation", "feedback"]
Status = Literal["fail", "warn", "unsure", "pass", "insufficient", "no_data"]
CauseKind = Literal[
    "drift",
    "stale_validation",
    "ambiguous_labels",
    "missing_coverage",
    "capture_change",
    "taxonomy_pressure",
    "process_misalignment",
]
Gap = Literal["coverage", "annotation_consistency", "validation_staleness", "feedback_disconnection"]
ActionKind = Literal[
    "review",
    "relabel",
    "recalibrate_reviewers",
    "update_guideline",
    "collect_labels",
    "collect_data",
    "refresh_validation",
    "rebalance",
    "revise_taxonomy",
    "fix_capture",
    "route_feedback",
    "qa_sample",
    "escalate",
]

FIELDS: dict[str, dict[str, bool]] = {
    "predictions": {
        "id": True,
        "time": True,
        "class": True,
        "confidence": False,
        "label": False,
        "overridden": False,
        "probabilities": False,
    },
    "annotations": {
        "unit": True,
        "annotator": True,
        "class": True,
        "time": False,
        "guideline": False,
        "gold": False,
        "batch": False,
    },
    "training": {"id": True, "class": True, "time": False},
    "validation": {"id": True, "class": True, "time": False},
    "feedback": {"id": True, "time": True, "channel": True, "class": False, "routed_at": False},
}
"""Role -> field -> whether it is required."""

ClassName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=4000)]
Match = Annotated[dict[Logical, Glob], Field(min_length=1)]
"""Dimension -> exact value, or a glob with `*`."""
