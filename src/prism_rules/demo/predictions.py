"""What the inspection model said, week by week, before and after the roll-out to plant 2.

A week is a table of populations whose mean confidences are met exactly: their confidences are a symmetric spread
around the mean, not draws. Chance decides the order of rows and the optics alone, and only through
`Random.random`, whose sequence Python promises to keep.
"""

from __future__ import annotations

from math import sqrt
from random import Random
from typing import NamedTuple

SCRATCH, CHIP, DENT, OK = CLASSES = ("surface-scratch", "edge-chip", "dent", "ok")
KNOWN_LIGHTINGS = ("diffuse", "ring", "dark-field")
HARD_LIGHTINGS = ("glare", "reflection")

SECOND = 1_000_000  # times are microseconds since 1970 in UTC, which no time zone of the machine can bend
DAY = 86_400 * SECOND
WEEK = 7 * DAY
START = 1_763_856_000 * SECOND  # 2025-11-23T00:00Z: cycle 1 looks back on fourteen weeks
UNIT = 10_000  # confidences are whole ten-thousandths until they are written, so their sums are exact


class Population(NamedTuple):
    """Rows of one site, predicted class and lighting in a full week, and how the people at the line took them."""

    site: str
    predicted_class: str
    lighting: str
    rows: int
    mean: float
    overridden: float = 0.02  # share of the rows
    confident_wrong: int = 0  # how many of the overridden rows had a confidence of 0.9 or more


class Prediction(NamedTuple):
    """One row of predictions.parquet, in the order of its columns."""

    image_id: str
    captured_at: int
    predicted_class: str
    confidence: float
    reviewed_class: str | None
    was_overridden: bool
    site: str
    lighting: str
    camera: str
    brightness: float
    contrast: float
    blur: float


_PLANT_1 = (
    Population("plant-1", SCRATCH, "diffuse", 240, 0.9150),
    Population("plant-1", SCRATCH, "ring", 200, 0.9120),
    Population("plant-1", SCRATCH, "dark-field", 160, 0.9025),
    Population("plant-1", CHIP, "diffuse", 360, 0.9110),
    Population("plant-1", CHIP, "ring", 320, 0.9080),
    Population("plant-1", CHIP, "dark-field", 220, 0.9140),
    Population("plant-1", DENT, "diffuse", 360, 0.9150),
    Population("plant-1", DENT, "ring", 320, 0.9100),
    Population("plant-1", DENT, "dark-field", 220, 0.9060),
    Population("plant-1", OK, "diffuse", 1200, 0.9120),
    Population("plant-1", OK, "ring", 800, 0.9090),
    Population("plant-1", OK, "dark-field", 400, 0.9110),
)

# The cell in which plant 2 tried the model had a diffuse hood, so the pilot could not show what the line would do.
_PILOT = (
    *_PLANT_1,
    Population("plant-2", SCRATCH, "diffuse", 160, 0.9060),
    Population("plant-2", CHIP, "diffuse", 240, 0.9080),
    Population("plant-2", DENT, "diffuse", 160, 0.9050),
    Population("plant-2", OK, "diffuse", 320, 0.9090),
)

# On the line, arrays of tubes over bright metal. Dents and sound parts pass a station that kept its hood.
_ROLLED_OUT = (
    *_PLANT_1,
    Population("plant-2", SCRATCH, "diffuse", 270, 0.8900),
    Population("plant-2", SCRATCH, "glare", 360, 0.4600, overridden=0.30),
    Population("plant-2", SCRATCH, "reflection", 270, 0.5300, overridden=0.15),
    Population("plant-2", CHIP, "diffuse", 630, 0.9000),
    Population("plant-2", CHIP, "glare", 870, 0.7200, overridden=0.30, confident_wrong=23),
    Population("plant-2", CHIP, "reflection", 600, 0.7960, overridden=0.10),
    Population("plant-2", DENT, "diffuse", 400, 0.9010),
    Population("plant-2", DENT, "ring", 200, 0.8950),
    Population("plant-2", OK, "diffuse", 800, 0.9060),
    Population("plant-2", OK, "ring", 400, 0.9000),
)

# Part of the arrays got diffusers in March: fewer rows under glare, and milder ones. The model is the same.
_DIFFUSED = (
    *_PLANT_1,
    Population("plant-2", SCRATCH, "diffuse", 450, 0.8900),
    Population("plant-2", SCRATCH, "glare", 250, 0.6700, overridden=0.12),
    Population("plant-2", SCRATCH, "reflection", 200, 0.7150, overridden=0.08),
    Population("plant-2", CHIP, "diffuse", 1050, 0.9050),
    Population("plant-2", CHIP, "glare", 600, 0.8400, overridden=0.12, confident_wrong=2),
    Population("plant-2", CHIP, "reflection", 450, 0.8550, overridden=0.05),
    Population("plant-2", DENT, "diffuse", 400, 0.9030),
    Population("plant-2", DENT, "ring", 200, 0.9000),
    Population("plant-2", OK, "diffuse", 800, 0.9070),
    Population("plant-2", OK, "ring", 400, 0.9030),
)

# By April most arrays have diffusers.
_SOFTENED = (
    *_PLANT_1,
    Population("plant-2", SCRATCH, "diffuse", 630, 0.8850),
    Population("plant-2", SCRATCH, "glare", 150, 0.6850, overridden=0.10),
    Population("plant-2", SCRATCH, "reflection", 120, 0.7225, overridden=0.05),
    Population("plant-2", CHIP, "diffuse", 1470, 0.9000),
    Population("plant-2", CHIP, "glare", 380, 0.8500, overridden=0.10, confident_wrong=1),
    Population("plant-2", CHIP, "reflection", 250, 0.8680, overridden=0.05),
    Population("plant-2", DENT, "diffuse", 400, 0.9020),
    Population("plant-2", DENT, "ring", 200, 0.9010),
    Population("plant-2", OK, "diffuse", 800, 0.9060),
    Population("plant-2", OK, "ring", 400, 0.9040),
)

PILOT_WEEKS = 11  # the roll-out was on 2026-02-08

# Of each week: its populations, the part of a full week that was sampled (1/n), the week's own shift of confidence.
_WEEKS = (
    *((_PILOT, 4, shift) for shift in (12, -9, 5, -14, 8, 3, -6, 10, -3, 7, -11)),
    (_ROLLED_OUT, 2, 40),
    (_ROLLED_OUT, 2, -25),
    (_ROLLED_OUT, 1, 0),  # the window of cycle 1
    (_ROLLED_OUT, 3, 60),
    (_DIFFUSED, 3, -80),
    (_DIFFUSED, 1, 0),  # the window of cycle 2
    (_DIFFUSED, 4, 20),
    (_SOFTENED, 4, -30),
    (_SOFTENED, 1, 0),  # the window of cycle 3
)
WEEKS = len(_WEEKS)


def spread_confidences(rows: int, mean: float, shift: int = 0) -> list[int]:
    """Ascending ten-thousandths whose sum is exactly `rows` times the shifted mean.

    The spread is triangular, between 0.25, which the winner of four classes always has, and 1.
    """
    middle = round(mean * UNIT) + shift
    width = min(middle - UNIT // 4, UNIT - middle)
    lower = []
    for i in range(rows // 2):
        share = (2 * i + 1) / rows  # of the lower half, from the outermost row inwards
        lower.append(round(width * (1 - sqrt(share))))
    centre = [middle] * (rows % 2)
    return [middle - d for d in lower] + centre + [middle + d for d in reversed(lower)]


def draw_predictions() -> list[Prediction]:
    """The predictions of all weeks, by time."""
    predictions: list[Prediction] = []
    for week, (populations, part, shift) in enumerate(_WEEKS):
        chance = Random(week)
        drawn = [(chance.random(), row) for population in populations for row in _judge(population, part, shift)]
        drawn.sort(key=lambda pair: pair[0])
        step = WEEK // len(drawn) // SECOND * SECOND
        for slot, (_, (population, confidence, reviewed, overridden)) in enumerate(drawn):
            at = START + week * WEEK + slot * step
            site, lighting = population.site, population.lighting
            predictions.append(
                Prediction(
                    f"img-{len(predictions):06d}",
                    at,
                    population.predicted_class,
                    confidence / UNIT,
                    reviewed,
                    overridden,
                    site,
                    lighting,
                    f"cam-{site[-1]}{slot % 2 + 1}",
                    *_optics(site, lighting, at, chance),
                )
            )
    return predictions


def _judge(population: Population, part: int, shift: int) -> list[tuple[Population, int, str | None, bool]]:
    """Confidence, reviewed class and override of each row: people override what was doubtful, and review a quarter."""
    confidences = spread_confidences(population.rows // part, population.mean, shift)
    rows = len(confidences)
    doubtful = sum(confidence < 9_000 for confidence in confidences)
    wrong_for_sure = population.confident_wrong // part
    wrong = round(population.overridden * rows) - wrong_for_sure
    overridden = {i * doubtful // wrong for i in range(wrong)} | set(range(rows - wrong_for_sure, rows))
    others = [name for name in CLASSES if name != population.predicted_class]
    judged: list[tuple[Population, int, str | None, bool]] = []
    for i, confidence in enumerate(confidences):
        confirmed = population.predicted_class if i % 4 == 0 else None
        judged.append((population, confidence, others[i % 3] if i in overridden else confirmed, i in overridden))
    return judged


def _optics(site: str, lighting: str, at: int, chance: Random) -> tuple[float, float, float]:
    """Brightness, contrast and blur in 0..1; the lamps of plant 2 age, each day less than anyone would notice."""
    aged = 6 * (at - START) // (10 * DAY) if site == "plant-2" else 0
    contrast = 430 if lighting in HARD_LIGHTINGS else 600
    return (
        (580 - aged + _noise(chance, 40)) / 1000,
        (contrast + _noise(chance, 60)) / 1000,
        (120 + _noise(chance, 30)) / 1000,
    )


def _noise(chance: Random, width: int) -> int:
    return int((chance.random() + chance.random() - 1) * width)
