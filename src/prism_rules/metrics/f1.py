"""F1: how well what the model calls a class and what is one are the same rows.

**Definition.** Twice the rows with `class` and `label` both the class / (labelled rows with that `class` + rows with
that `label`): the harmonic mean of `precision` and `recall`. With `family` in `by`, of the rows predicted or labelled
as any of its classes; right is the class, not the family. Without class and family in `by` it is an average of the
classes: with `average: macro` (the default) of each alike, the mean of the f1 and not the f1 of the mean precision and
recall; with `weighted` of each by the rows that truly are of it; `micro` is that of all rows together, one minus
`error_rate`. An average is of the classes of the ruleset (of all that are met where it has none) that some labelled
row is predicted as or labelled.

**Class role.** `truth`: rows with that *label*, and those predicted as the class. A class that is never predicted has
its value, 0. All other dimensions are those of the row. **Support.** Labelled rows that are predicted as the class or
labelled so, each once; for an average, as any class that it is of.

**How sure.** With `confidence`, Student's interval. The squared error is the sum of the squares of how far each row
moves the value (delta method). Of K classes (one by itself: 1), each with a share w of the weight, 2 right rows and 2
others are shared out, so that one with a single row is not taken as certain. With x right rows of a class, and b of its
predictions and its labels counted together, `f = (2 x + 4/K) / (b + 6/K)` and `r = w / (b + 6/K)`. A right row moves
the value by `2 (1 - f) r`; any other by `-f r` of the class that it is predicted as and by `-f r` of its label's. Of
what was shared out, 2/K rows of each class move it by `2 (1 - f) r` and 2/K by `-f r`. In `weighted`, where the weights
are drawn with the rows, a row moves it by (f1 of its label - value) / N besides, where N is the sum of the weights.

The degrees of freedom are Satterthwaite's, `(sum of V)^2 / sum of (V^2 / (m - 1))`, where V is the squared error of a
class alone, by its f and r, and m is its rows, predicted or labelled so, and `4/K` more: few where a rare class
decides.

**When it misleads.** One number for two faults: whether dents are missed or imagined, only `recall` and `precision`
say. It needs labels that were not chosen by the prediction; see `recall`. It depends on how many rows are of the
class, so two sites of the same model differ where their mixes do. In `macro` a class with three labelled rows counts
as much as one with thousands: ask for `confidence`.

**Usual bounds.** What the model was accepted with, as `below`; a `drop` of 0.02 to 0.05 against the validation run.

**Degenerate cases.** No labelled row is predicted as the class or labelled so: null, `no_labels`, and left out of an
average; so is an average of none. Labelled and never predicted, or the reverse: 0.

**Source.** Van Rijsbergen (1979), Information Retrieval, chapter 7; Dice (1945), Ecology 26, 297-302. Which macro
average: Opitz and Burst (2019), Macro F1 and Macro F1, arXiv 1911.03347. Error: Takahashi et al. (2022), Confidence
Interval for Micro-Averaged F1 and Macro-Averaged F1 Scores, Applied Intelligence 52, 4961-4972, with rows added as by
Price and Bonett (2004), Computational Statistics and Data Analysis 45, 449-456.
"""

from __future__ import annotations

from prism_rules.metrics.confusion import F1, make_score
from prism_rules.metrics.metric import Whole

METRIC = make_score(
    "f1",
    "F1 score of a class",
    F1,
    class_role="truth",
    interval="error",
    whole=Whole(frozenset({"class", "label"}), "counts what is predicted and missed as much as what is right"),
)
