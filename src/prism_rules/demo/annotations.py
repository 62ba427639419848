"""How six reviewers, and later eight, labelled a sample of the predictions, as counts of vote patterns.

Agreement is a property of counts: writing the patterns down, instead of drawing votes, gives each alpha exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from random import Random
from typing import NamedTuple

from prism_rules.demo.predictions import (
    CHIP,
    DAY,
    DENT,
    HARD_LIGHTINGS,
    OK,
    PILOT_WEEKS,
    SCRATCH,
    SECOND,
    START,
    WEEK,
    Prediction,
)

HOUR = 3_600 * SECOND
RECALIBRATED = START + 107 * DAY + DAY // 2  # 2026-03-10T12:00Z
AMENDED = START + 136 * DAY + 15 * HOUR  # 2026-04-08T15:00Z
REVIEWERS = ("r1", "r2", "r3", "r4", "r5", "r6")
NEWCOMERS = ("r7", "r8")  # from 2026-03-30 on
CYCLE_2 = 16  # the week of its window
LABELS = {"s": SCRATCH, "c": CHIP, "d": DENT, "o": OK}

Group = tuple[str, str, bool]  # site, predicted class, captured under glare or reflection
Votes = Mapping[Group, Mapping[str, int]]  # in each group: votes of a unit -> units voted so; a capital is a newcomer's


class Annotation(NamedTuple):
    """One row of annotations.parquet, in the order of its columns."""

    image_id: str
    reviewer: str
    label: str
    labelled_at: int
    guide_version: str
    site: str


# At plant 1, under lights that everyone has seen, reviewers agree.
_AGREED: Votes = {
    ("plant-1", SCRATCH, False): {"sss": 26, "ss": 8, "ssc": 2, "s": 3},
    ("plant-1", CHIP, False): {"ccc": 30, "cc": 10, "cco": 1, "c": 3},
    ("plant-1", DENT, False): {"ddd": 24, "dd": 8, "ddo": 1, "d": 2},
    ("plant-1", OK, False): {"ooo": 40, "oo": 16, "doo": 1, "o": 2},
    ("plant-2", CHIP, False): {"ccc": 5, "cc": 2},
    ("plant-2", OK, False): {"ooo": 6, "oo": 2},
}

# Glare hides where a scratch ends: is it a scratch, the rim of a chip, or a streak of light on a sound part?
_SPLIT: Votes = {
    ("plant-1", SCRATCH, False): {"sss": 23, "ss": 4, "ssc": 3, "sco": 1, "s": 5},
    ("plant-2", SCRATCH, False): {"sss": 6, "ss": 2, "ssc": 2, "sso": 3, "s": 4},
    ("plant-2", SCRATCH, True): {
        "sss": 6, "ssc": 12, "scc": 15, "sso": 11, "soo": 13, "ssd": 4, "sc": 5, "so": 3, "s": 9,
    },
    ("plant-1", CHIP, False): {"ccc": 110, "cc": 30, "cco": 5, "ccd": 2, "c": 8},
    ("plant-2", CHIP, False): {"ccc": 40, "cc": 12, "cco": 2},
    ("plant-2", CHIP, True): {"ccc": 60, "cc": 20, "cco": 5, "scc": 4, "c": 6},
    ("plant-1", DENT, False): {"ddd": 90, "dd": 24, "ddo": 5, "doo": 2, "d": 6},
    ("plant-2", DENT, False): {"ddd": 30, "dd": 10, "ddo": 2},
    ("plant-1", OK, False): {"ooo": 180, "oo": 60, "doo": 4, "coo": 3, "o": 8},
    ("plant-2", OK, False): {"ooo": 60, "oo": 24, "soo": 1},
}  # fmt: skip

# After the recalibration the same lights split them less; the boundary cases now stand in the guideline.
_MENDED: Votes = {
    **_SPLIT,
    ("plant-1", SCRATCH, False): {"sss": 23, "ss": 13, "ssc": 3, "s": 5},
    ("plant-2", SCRATCH, False): {"sss": 14, "ss": 4, "ssc": 3, "sso": 3, "s": 4},
    ("plant-2", SCRATCH, True): {
        "sss": 26, "ss": 6, "ssc": 15, "scc": 7, "sso": 10, "soo": 5, "ssd": 2, "sc": 2, "s": 6,
    },
    ("plant-2", CHIP, False): {"ccc": 50, "cc": 12, "cco": 2},
    ("plant-2", CHIP, True): {"ccc": 60, "cc": 20, "cco": 4, "scc": 3, "c": 6},
}  # fmt: skip

# Two newcomers got the guideline and not the calibration. They see what the others see, but for scratches under glare.
_JOINED: Votes = {
    **_MENDED,
    ("plant-1", SCRATCH, False): {"sss": 12, "ss": 8, "ssc": 2, "ssS": 8, "ssC": 4, "s": 5},
    ("plant-2", SCRATCH, False): {"sss": 5, "ss": 4, "ssc": 2, "sso": 1, "ssS": 4, "ssO": 5, "s": 4},
    ("plant-2", SCRATCH, True): {
        "sss": 8, "ss": 6, "ssc": 6, "scc": 3, "sso": 4, "soo": 2, "ssd": 2,
        "ssS": 4, "ssC": 20, "ssO": 20, "ccS": 8, "ooS": 9, "s": 6,
    },
    ("plant-1", CHIP, False): {"ccc": 80, "cc": 30, "cco": 5, "ccd": 2, "ccC": 30, "c": 8},
    ("plant-2", CHIP, True): {"ccc": 45, "cc": 20, "cco": 4, "scc": 3, "ccC": 15, "c": 6},
    ("plant-1", DENT, False): {"ddd": 68, "dd": 24, "ddo": 5, "doo": 2, "ddD": 22, "d": 6},
    ("plant-1", OK, False): {"ooo": 130, "oo": 60, "doo": 4, "coo": 3, "ooO": 50, "o": 8},
}  # fmt: skip

# Of each week: its votes, and the part of them (1/n) that was labelled.
_WEEKS = (
    *((_AGREED, 1) for _ in range(PILOT_WEEKS)),
    (_SPLIT, 3),
    (_SPLIT, 2),
    (_SPLIT, 1),  # the window of cycle 1
    (_SPLIT, 3),
    (_MENDED, 3),
    (_MENDED, 1),  # the window of cycle 2
    (_MENDED, 3),
    (_JOINED, 3),
    (_JOINED, 1),  # the window of cycle 3
)


def draw_annotations(predictions: Sequence[Prediction]) -> list[Annotation]:
    """The labels of all weeks, by time; each labelled image is one of `predictions`."""
    annotations: list[Annotation] = []
    numbers = count()
    for week, (votes, part) in enumerate(_WEEKS):
        pools = _pool_week(predictions, week)
        for group, patterns in votes.items():
            for pattern, units in patterns.items():
                for _ in range(units // part):
                    annotations += _label(next(pools[group]), pattern, next(numbers))
    return sorted(annotations, key=lambda annotation: (annotation.labelled_at, annotation.image_id))


def _pool_week(predictions: Sequence[Prediction], week: int) -> dict[Group, Iterator[Prediction]]:
    """What can be labelled to the end in a week, shuffled.

    Images from the eve of a week get their first label before it and their newest in it. Not so around cycle 2,
    where the labels that count for the recalibration are to be the week's whichever way one counts them.
    """
    start = START + week * WEEK
    eve = 0 if week in (CYCLE_2, CYCLE_2 + 1) else DAY
    chance = Random(week)
    pools: dict[Group, list[tuple[float, Prediction]]] = defaultdict(list)
    for row in predictions:
        if start - eve <= row.captured_at < start + 4 * DAY:
            group = (row.site, row.predicted_class, row.lighting in HARD_LIGHTINGS)
            pools[group].append((chance.random(), row))
    return {group: (row for _, row in sorted(pool)) for group, pool in pools.items()}


def _label(image: Prediction, pattern: str, number: int) -> list[Annotation]:
    """The labels of one unit, a day apart; votes and reviewers rotate, so that nobody is always the odd one out."""
    known = pattern.rstrip("SCDO")  # newcomers come last, so that none of their labels is older than they are
    turned = known[number % len(known) :] + known[: number % len(known)]
    votes = [(20 + 24 * i, REVIEWERS[(number + i) % len(REVIEWERS)], vote) for i, vote in enumerate(turned)]
    votes += [(20 + 24 * len(known), NEWCOMERS[number % 2], vote.lower()) for vote in pattern[len(known) :]]
    if number % 25 == 0:  # a reviewer who changed their mind: the later label is the one that counts
        votes.append((12, votes[0][1], "o" if votes[0][2] != "o" else "d"))
    labelled = [(image.captured_at + hours * HOUR, reviewer, LABELS[vote]) for hours, reviewer, vote in votes]
    return [
        Annotation(image.image_id, reviewer, label, at, _name_guide(at), image.site) for at, reviewer, label in labelled
    ]


def _name_guide(at: int) -> str:
    return "v5" if at >= AMENDED else "v4" if at >= RECALIBRATED else "v3"
