"""The closed words of the language, and the texts that it takes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from prism_rules.model.frozen import Logical

Risk = Literal["low", "medium", "high", "critical"]
"""How bad it is to be wrong.

- `low`: a nuisance
- `medium`: costs work
- `high`: costs customers, or much work
- `critical`: people may come to harm
"""
Role = Literal["predictions", "annotations", "training", "validation", "feedback"]
"""What kind of data a source is.

- `predictions`: what the model said, a row for each prediction
- `annotations`: what people said, a row for each label of one annotator on one unit
- `training`: what the model was trained on
- `validation`: what the model was validated on
- `feedback`: signals of other channels: overrides, tickets, QA issues, field notes
"""
Status = Literal["fail", "warn", "unsure", "pass", "insufficient", "no_data"]
"""What a finding says.

- `fail`: a bound of `fail` is crossed beyond doubt
- `warn`: a bound of `warn` is crossed beyond doubt
- `unsure`: a bound is crossed, and it may be chance
- `pass`: no bound is crossed
- `insufficient`: fewer rows or units than `min_n`
- `no_data`: there is no value, and a reason why
"""
CauseKind = Literal[
    "drift",
    "stale_validation",
    "ambiguous_labels",
    "missing_coverage",
    "capture_change",
    "taxonomy_pressure",
    "process_misalignment",
]
"""The seven root causes.

- `drift`: production has moved away from what the model knows
- `stale_validation`: the validation data shows old conditions
- `ambiguous_labels`: people disagree about what a class is
- `missing_coverage`: production meets conditions that the training data lacks
- `capture_change`: cameras, light or settings have changed
- `taxonomy_pressure`: the classes no longer fit what is seen
- `process_misalignment`: signals do not reach those who could act on them
"""
Gap = Literal["coverage", "annotation_consistency", "validation_staleness", "feedback_disconnection"]
"""The four gaps in production data.

- `coverage`: conditions that data sets do not have
- `annotation_consistency`: labels that do not agree
- `validation_staleness`: validation that is out of date
- `feedback_disconnection`: feedback that leads nowhere
"""
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
"""What kind of work an action is.

- `review`: look at cases
- `relabel`: label rows anew
- `recalibrate_reviewers`: bring reviewers to one reading of a class
- `update_guideline`: write cases into the labelling guideline
- `collect_labels`: have rows labelled, or labelled twice
- `collect_data`: gather rows under conditions that are missing
- `refresh_validation`: renew the validation data
- `rebalance`: change how much of each class or condition a data set has
- `revise_taxonomy`: split, merge or redefine classes
- `fix_capture`: mend cameras, light or settings
- `route_feedback`: bring signals to those who can act on them
- `qa_sample`: check a sample
- `escalate`: tell somebody who can decide
"""

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
"""Role -> field -> whether it is required.

- `predictions.id`: Tells one prediction from another.
- `predictions.time`: When the prediction was made: a timestamp or a date.
- `predictions.class`: The class that the model predicted.
- `predictions.confidence`: How sure the model was, from 0 to 1.
- `predictions.label`: The class that a person gave afterwards; null where nobody looked.
- `predictions.overridden`: Whether a person overruled the model: true or false.
- `predictions.probabilities`: The model's probability of each class.
- `annotations.unit`: What was labelled.
- `annotations.annotator`: Who labelled it. Reports show pseudonyms.
- `annotations.class`: The label.
- `annotations.time`: When it was labelled: a timestamp or a date.
- `annotations.guideline`: The version of the labelling guideline.
- `annotations.gold`: The class that is known to be true; null where nobody knows.
- `annotations.batch`: The batch that the label came in.
- `training.id`: Tells one row from another.
- `training.class`: The class of the row.
- `training.time`: When the row was added: a timestamp or a date.
- `validation.id`: Tells one row from another.
- `validation.class`: The class of the row.
- `validation.time`: When the row was added: a timestamp or a date.
- `feedback.id`: Tells one signal from another.
- `feedback.time`: When the signal was raised: a timestamp or a date.
- `feedback.channel`: Where it came from: ticket, field note, telemetry.
- `feedback.class`: The class that it is about.
- `feedback.routed_at`: When it reached a queue; null where it has not.
"""

ClassName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=200)]
BLANK = r"\S"
"""What text must have somewhere, so as not to be blank."""
Text = Annotated[str, StringConstraints(max_length=4000, pattern=BLANK)]
Match = Annotated[dict[Logical, Glob], Field(min_length=1)]
"""Dimension -> exact value, or a glob with `*`."""
