"""Dawid and Skene: what units truly are, and how often each annotator says so, when only labels are known.

Dawid and Skene (1979), Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm, Applied Statistics
28, 20-28.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, repeat
from operator import mul, sub, truediv

MOST_STEPS = 200
SETTLED = 1e-9
"""The change of the log-likelihood below which no further step is made."""

Pattern = tuple[tuple[str, str, int], ...]
"""The labels of a unit: annotator, class, and how often the annotator gave it."""


Columns = list[list[float]]
"""A list per class, with a number for each pattern."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """What is most likely, given the labels. Classes are those that were given, in order of name."""

    classes: tuple[str, ...]
    priors: tuple[float, ...]
    """The share of each class among the units."""
    confusions: Mapping[str, Sequence[Sequence[float]]]
    """Annotator -> a row per true class: how likely each class is given."""
    posteriors: Mapping[Pattern, tuple[float, ...]]
    """How likely each class is the true one of a unit with these labels."""
    log_likelihood: float


def find_consensus(units: Mapping[Pattern, int], smoothing: float) -> Consensus:
    """Find the consensus of units, given how many have each pattern, by expectation and maximisation in turns.

    It begins with the shares of a unit's labels. `smoothing` is added to each cell of the counted confusions; with 0
    it is the estimate of the paper. What is found is a local optimum, the same for the same units in whatever order.
    """
    # As many labels together, whose logarithms are added up column by column: in C, not pattern by pattern.
    patterns = sorted(units, key=lambda pattern: (sum(times for _, _, times in pattern), pattern))
    listed = [[(who, name) for who, name, times in pattern for _ in range(times)] for pattern in patterns]
    weights = [units[pattern] for pattern in patterns]
    uses = sorted({*chain(*listed)})
    classes = tuple(sorted({name for _, name in uses}))
    annotators = sorted({who for who, _ in uses})
    places = {use: place for place, use in enumerate(uses)}
    met: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for i, labels in enumerate(listed):
        for use in labels:
            met[use].append(i)
    weighed = {use: [weights[i] for i in found] for use, found in met.items()}
    blocks = [
        [*zip(*([places[use] for use in labels] for labels in block), strict=True)]
        for _, block in groupby(listed, key=len)
    ]
    posteriors: Columns = [
        [sum(name == one for _, name in labels) / len(labels) for labels in listed] for one in classes
    ]
    likelihood, total = -math.inf, sum(weights)
    for _ in range(MOST_STEPS):
        counts = {
            use: [math.fsum(map(mul, weighed[use], map(column.__getitem__, found))) for column in posteriors]
            for use, found in met.items()
        }
        confusions = {who: _divide_counts([counts.get((who, c)) for c in classes], smoothing) for who in annotators}
        priors = [math.fsum(map(mul, weights, column)) / total for column in posteriors]
        before = likelihood
        given = {name: place for place, name in enumerate(classes)}
        logs = [[_log(confusions[who][true][given[name]]) for who, name in uses] for true in range(len(classes))]
        posteriors, terms = _expect(blocks, [*map(_log, priors)], logs)
        likelihood = math.fsum(map(mul, weights, terms))
        if abs(likelihood - before) < SETTLED:
            break
    found_at = dict(zip(patterns, zip(*posteriors, strict=True), strict=True))
    return Consensus(classes, tuple(priors), confusions, found_at, likelihood)


def _divide_counts(given: Sequence[Sequence[float] | None], smoothing: float) -> list[list[float]]:
    """Divide how often each class was given (None: never) by how often the true one was met: a row per true class."""
    rows = []
    for true in range(len(given)):
        cells = [(column[true] if column else 0.0) + smoothing for column in given]
        met = math.fsum(cells)
        rows.append([cell / met if met else 0.0 for cell in cells])
    return rows


def _expect(
    blocks: Iterable[Sequence[Sequence[int]]], priors: Sequence[float], logs: Sequence[Sequence[float]]
) -> tuple[Columns, list[float]]:
    """Give the posteriors of all patterns, and the log-likelihood of a unit of each.

    A block has the patterns of one length, as columns: in the first of them the use of each pattern's first label.
    `logs` has for each true class the logarithm of how likely each use is.
    """
    posteriors: Columns = [[] for _ in priors]
    terms: list[float] = []
    for block in blocks:
        scores = [
            [*map(math.fsum, zip(repeat(prior), *(map(known.__getitem__, column) for column in block)))]
            for prior, known in zip(priors, logs, strict=True)
        ]
        # In logarithms, as a product of many shares is too small for a float.
        most = [*map(max, zip(*scores, strict=True))]
        shares = [[*map(math.exp, map(sub, column, most))] for column in scores]
        whole = [*map(math.fsum, zip(*shares, strict=True))]
        for column, found in zip(posteriors, shares, strict=True):
            column += map(truediv, found, whole)
        terms += map(sum, zip(most, map(math.log, whole), strict=True))
    return posteriors, terms


def _log(share: float) -> float:
    return math.log(share) if share else -math.inf
