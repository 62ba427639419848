"""Dawid and Skene: what units truly are, and how often each annotator says so, when only labels are known.

Dawid and Skene (1979), Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm, Applied Statistics
28, 20-28.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_STEPS = 200
SETTLED = 1e-9
"""The change of the log-likelihood below which no further step is made."""

Pattern = tuple[tuple[str, str, int], ...]
"""The labels of a unit: annotator, class, and how often the annotator gave it."""


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
    patterns = sorted(units)
    classes = tuple(sorted({name for pattern in patterns for _, name, _ in pattern}))
    posteriors = [_share_labels(pattern, classes) for pattern in patterns]
    weights = [units[pattern] for pattern in patterns]
    uses: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for place, pattern in enumerate(patterns):
        for annotator, name, times in pattern:
            uses[annotator, name].append((place, weights[place] * times))
    annotators = sorted({annotator for annotator, _ in uses})
    likelihood = -math.inf
    for _ in range(MOST_STEPS):
        counts = {
            use: [*map(math.fsum, zip(*([weight * p for p in posteriors[i]] for i, weight in found), strict=True))]
            for use, found in uses.items()
        }
        confusions = {who: _divide_counts([counts.get((who, c)) for c in classes], smoothing) for who in annotators}
        total = sum(weights)
        priors = [
            math.fsum(weight * posterior[true] for weight, posterior in zip(weights, posteriors, strict=True)) / total
            for true in range(len(classes))
        ]
        before = likelihood
        posteriors, likelihood = _expect(patterns, weights, classes, priors, confusions)
        if abs(likelihood - before) < SETTLED:
            break
    found_at = {pattern: tuple(posterior) for pattern, posterior in zip(patterns, posteriors, strict=True)}
    return Consensus(classes, tuple(priors), confusions, found_at, likelihood)


def _share_labels(pattern: Pattern, classes: Sequence[str]) -> list[float]:
    labels = sum(times for _, _, times in pattern)
    return [sum(times for _, name, times in pattern if name == one) / labels for one in classes]


def _divide_counts(given: Sequence[Sequence[float] | None], smoothing: float) -> list[list[float]]:
    """Divide how often each class was given (None: never) by how often the true one was met: a row per true class."""
    rows = []
    for true in range(len(given)):
        cells = [(column[true] if column else 0.0) + smoothing for column in given]
        met = math.fsum(cells)
        rows.append([cell / met if met else 0.0 for cell in cells])
    return rows


def _expect(
    patterns: Sequence[Pattern],
    weights: Sequence[int],
    classes: Sequence[str],
    priors: Sequence[float],
    confusions: Mapping[str, Sequence[Sequence[float]]],
) -> tuple[list[list[float]], float]:
    """Give the posteriors of all patterns, and the log-likelihood of all labels."""
    logs = {
        (who, name): [_log(row[given]) for row in rows] for who, rows in confusions.items()
        for given, name in enumerate(classes)
    }  # fmt: skip
    first = [_log(prior) for prior in priors]
    posteriors, terms = [], []
    for pattern, weight in zip(patterns, weights, strict=True):
        known = [
            logs[who, name] if times == 1 else [times * log for log in logs[who, name]] for who, name, times in pattern
        ]
        scores = [*map(math.fsum, zip(first, *known, strict=True))]
        # In logarithms, as a product of many shares is too small for a float.
        most = max(scores)
        shares = [math.exp(score - most) for score in scores]
        whole = math.fsum(shares)
        posteriors.append([share / whole for share in shares])
        terms.append(weight * (most + math.log(whole)))
    return posteriors, math.fsum(terms)


def _log(share: float) -> float:
    return math.log(share) if share else -math.inf
