"""Recall: the part of what truly is a class that the model called so.

**Definition.** Rows with `class` equal to `label` / rows with a `label`, by *label*: of all dents, how many it found.
With `family` in `by`, of the rows labelled as any of its classes; right is the class, not the family. Without class
and family in `by` it is an average of the classes: with `average: macro` (the default) of each alike, known as balanced
accuracy too; with `micro` or `weighted` that of all rows together, one minus `error_rate`. An average is of the classes
of the ruleset (of all that are met where it has none) that some row has as its label.

**Class role.** `truth`: rows with that *label*, whatever was predicted. A class that is never predicted has its value,
0; one that is only predicted has a scope as well, with its reason. All other dimensions are those of the row. A `where`
about `class` is refused, since what was missed lies elsewhere; a queue for the class looks at what was *predicted*.
**Support.** Rows with that label; for an average, with the label of any class that it is of.

**How sure.** A class or family has the interval of Wilson (1927), as `micro` has, and an average of one class. Any
other average has Student's, with the standard error of Price and Bonett (2004): of K classes, each with a share w of
the weight and x right rows of n, 2 right rows and 2 others are shared out, so that one with a single row is not taken
as certain. With `p = (x + 2/K) / (n + 4/K)` the squared error of `macro` is the sum of `V = w^2 p (1 - p) / (n + 4/K)`.

In `weighted` the weights are drawn with the rows. So the squared error is the sum of the squares of how far each row
moves the value (delta method): a right row by `w (1 - p) / (n + 4/K)`, any other by `-w p / (n + 4/K)`, of the class
that is its label; and each by (recall of its label - value) / N besides, where N is the sum of the weights. What was
shared out moves it in the first way alone.

The degrees of freedom are Satterthwaite's, `(sum of V)^2 / sum of (V^2 / (m - 1))`, where V is as above and m is
`n + 4/K`: few where a rare class decides. Of three classes and 60 rows, six of the rarest, 95 % holds the truth in
about 94 % of samples.

**When it misleads.** It needs labels that were not chosen by the prediction. Where people label what the model called
a dent, the dents that it missed have no label, and recall is near 1 whatever is missed: label a random part, or give
the part that is random with `where`. A model that calls everything a dent has a recall of 1: read `precision` beside
it. In `macro` a class with three labelled rows counts as much as one with thousands: ask for `confidence`.

**Usual bounds.** What the model was accepted with, as `below`, by class: higher where a miss is a hazard. A `drop` of
0.02 to 0.05 against the validation run.

**Degenerate cases.** No row with that label: null, `no_labels`, and left out of an average; so is an average of none. A
label outside of the taxonomy is `(unknown)`.

**Source.** Van Rijsbergen (1979), Information Retrieval, chapter 7. Averages: Sokolova and Lapalme (2009), A Systematic
Analysis of Performance Measures for Classification Tasks, Information Processing and Management 45, 427-437. Error:
Price and Bonett (2004), An Improved Confidence Interval for a Linear Function of Binomial Proportions, Computational
Statistics and Data Analysis 45, 449-456.
"""

from __future__ import annotations

from prism_rules.metrics.confusion import OF_TRUTH, RECALL, make_score

METRIC = make_score(
    "recall",
    "Share of the rows of a class that were predicted as it",
    RECALL,
    class_role="truth",
    interval="proportion",
    whole=OF_TRUTH,
)
