"""Precision: the part of what the model called a class that is of that class.

**Definition.** Rows with `label` equal to `class` / rows with a `label`, by predicted class: one minus `error_rate`.
With `family` in `by`, of the rows predicted as any of its classes; right is the class, not the family. Without class
and family in `by` it is an average of the classes, with `average: macro` (the default) of each alike, with `weighted`
of each by the rows that truly are of it; `micro` is that of all rows together, one minus `error_rate`. An average is
of the classes of the ruleset (of all that are met where it has none) that some labelled row was predicted as.

**Class role.** `rows`: rows with that *predicted* class. A class that is only a label has a scope as well, with its
reason. **Support.** Rows with a label that were predicted as the class; for an average, as any class that it is of.

**How sure.** A class or family has the interval of Wilson (1927), as `micro` has, and an average of one class. Any
other average has Student's, with the standard error of Price and Bonett (2004): of K classes, each with a share w of
the weight and x right rows of n, 2 right rows and 2 others are shared out, so that one with a single row is not taken
as certain. With `p = (x + 2/K) / (n + 4/K)` the squared error of `macro` is the sum of `V = w^2 p (1 - p) / (n + 4/K)`.

In `weighted` the weights are drawn with the rows. So the squared error is the sum of the squares of how far each row
moves the value (delta method): a right row by `w (1 - p) / (n + 4/K)`, any other by `-w p / (n + 4/K)`, of the class
that it is predicted as; and each by (precision of its label - value) / N besides, where N is the sum of the weights.
What was shared out moves it in the first way alone.

The degrees of freedom are Satterthwaite's, `(sum of V)^2 / sum of (V^2 / (m - 1))`, where V is as above and m is
`n + 4/K`: few where a rare class decides. Of three classes and 60 rows, six of the rarest, 95 % holds the truth in
about 94 % of samples.

**When it misleads.** A model that hardly ever says dent may be right whenever it does: read `recall` beside it. In the
average a class that was never predicted is left out, and so the model that has given up on it looks better. Rows are
seldom labelled at random; where people label what looked doubtful, it is that of such rows alone. In `macro` a class
with three labelled rows counts as much as one with thousands: ask for `confidence`.

**Usual bounds.** What the model was accepted with, as `below`; a `drop` of 0.02 to 0.05 against the validation run.

**Degenerate cases.** No labelled row that was predicted as the class: null, `no_labels`, and left out of an average;
so is an average of none. Nothing is put in its place, neither 0 nor 1.

**Source.** Van Rijsbergen (1979), Information Retrieval, chapter 7. Averages: Sokolova and Lapalme (2009), A Systematic
Analysis of Performance Measures for Classification Tasks, Information Processing and Management 45, 427-437. Error:
Price and Bonett (2004), An Improved Confidence Interval for a Linear Function of Binomial Proportions, Computational
Statistics and Data Analysis 45, 449-456.
"""

from __future__ import annotations

from prism_rules.metrics.confusion import PRECISION, make_score
from prism_rules.metrics.metric import Whole

METRIC = make_score(
    "precision",
    "Share of the rows predicted as a class that are of it",
    PRECISION,
    class_role="rows",
    interval="proportion",
    whole=Whole(frozenset({"label"}), "counts the rows of a prediction whatever their label is"),
)
