"""Low confidence: the part of the rows where the model was not sure of itself.

**Definition.** Rows with confidence < `below` (default 0.6) / rows with a confidence. Exactly `below` is not low.

**Class role.** `rows`: rows with that predicted class. **Support.** Rows with a confidence.

**How sure.** With `confidence`, the interval of Wilson (1927), as if every row were drawn by itself with the same
chance. Neighbouring images are unsure together, for one lamp or one dirty lens: where rows come in such clusters it is
too narrow, and with very many rows it excludes nearly everything. Bound the share then by what matters and not by what
can be shown.

**When it misleads.** Low is low on the model's own scale: a model that was trained anew or calibrated otherwise moves
the share without being any worse. A model can be confidently wrong; see `confident_wrong_share`. Where the cut lies
in the middle of the confidences a small shift moves the share much.

**Usual bounds.** `above: 0.10`, or a `rise` of 0.05 against `baseline: {window: 28d}`; the cut at which people are
asked to look makes the share the part of the work that goes to people.

**Degenerate cases.** No row with a confidence: null, `no_confidence`. Null, NaN, infinite and out-of-range
confidences are left out and counted by intake.

**Source.** A plain count, with the interval of Wilson (1927). Chow (1970), On Optimum Recognition Error and Reject
Tradeoff, IEEE Transactions on Information Theory 16, 41-46, is the rule that refers what is below a cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.metrics.metric import Ask, Measure, Metric, Table
from prism_rules.metrics.proportion import find_shares
from prism_rules.model.frozen import Fraction, Frozen

if TYPE_CHECKING:
    import polars as pl


class Parameters(Frozen):
    """What counts as low."""

    below: Fraction = 0.6
    """The lowest confidence that is not low."""


def name_measures(ask: Ask) -> Mapping[str, Measure]:
    """Rows with a confidence, and those of them with a low one."""
    return {
        "n": Measure("count", of='"confidence"'),
        "unsure": Measure("count", where=f"confidence < {ask.params.below!r}"),
    }


def finish(_: Ask, current: Table, __: Table | None) -> pl.DataFrame:
    """Divide; null with a reason where nothing has a confidence."""
    return find_shares(current, "unsure", "no_confidence")


METRIC = Metric(
    name="low_confidence_share",
    title="Share of rows with a low confidence",
    roles=("predictions",),
    fields=("confidence",),
    class_role="rows",
    unit="rows",
    leaves_out=True,
    low=0.0,
    high=1.0,
    interval="proportion",
    params=Parameters,
    measures=name_measures,
    finish=finish,
    subject="confidence",
)
