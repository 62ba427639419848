"""Error rate: the part of the labelled rows where a person gave another class than the model, per predicted class.

**Definition.** Rows with `label` other than `class` / rows with a `label`. By class it is the part of what the model
*called* a dent that was none (one minus precision); how many dents it missed is another question, which
`recall` answers.

**Class role.** `rows`: rows with that *predicted* class. **Support.** Rows with a label.

**How sure.** With `confidence`, the interval of Wilson (1927), as if every labelled row were drawn by itself with the
same chance. Images of one part, one scene or one minute are wrong together: where rows come in such clusters it is too
narrow, and a window with more of them is better evidence than more rows of each. How rows were chosen for labelling it
does not know.

**When it misleads.** Rows are seldom labelled at random. Where people label what looked doubtful or what they
overrode, the rate is far above that of production, and it moves when the choice of rows does: label a random part, or
give the part that is random with `where`. A wrong label is counted as an error of the model; see
`krippendorff_alpha`. A prediction and a label outside of the taxonomy are told apart by their own names.

**Usual bounds.** The rate that the model was accepted with, as `above`; a `rise` of 0.02 to 0.05 against the
validation run.

**Degenerate cases.** No labelled row: null, `no_labels`.

**Source.** A plain count, with the interval of Wilson (1927), Probable Inference, the Law of Succession, and
Statistical Inference, Journal of the American Statistical Association 22, 209-212.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prism_rules.metrics.errors import name_errors
from prism_rules.metrics.metric import Ask, Metric, Table
from prism_rules.metrics.proportion import find_shares

if TYPE_CHECKING:
    import polars as pl


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where nothing is labelled."""
    return find_shares(current, "wrong", "no_labels")


METRIC = Metric(
    name="error_rate",
    title="Share of labelled rows whose predicted class is wrong",
    roles=("predictions",),
    fields=("label", "class"),
    class_role="rows",
    unit="rows",
    low=0.0,
    high=1.0,
    interval="proportion",
    measures=name_errors,
    finish=finish,
    subject="outcome",
)
