"""Concept drift: how much oftener the model is wrong than in a reference, on the same mix of conditions.

**Definition.** A stratum is a combination of the dimensions named in `of`. In the strata where both sides have labelled
rows, the error rate of the scope (labelled rows with `label` other than `class` / rows with a `label`) less that of the
reference at its own grain, averaged over strata with the scope's numbers of labelled rows as weights: w_s = n_s / n,
value = sum of w_s (e_s - r_s). It is direct standardisation: the reference's errors are weighed as if they had met the
scope's mix, so that a change of mix alone moves nothing. Above 0, the inputs look the same and the relation between
inputs and labels has moved. Labelled rows in strata where the reference has none are left out and listed as absent,
the largest first.

**Class role.** `rows`: rows with that predicted class. **Support.** Labelled rows of the current side in the strata
that both have.

**How sure.** With `confidence`, the interval is normal. Its standard error is the root of the sum over strata of w_s^2
(v_s + u_s), where v = p (1 - p) / n, p = (x + 1/2) / (n + 1) of x errors in n labelled rows, for either side. The half
keeps a stratum of few rows without an error from looking certain; where many strata are so small the interval is wider
than it need be. Weights are taken as given and rows as independent.

**When it misleads.** It is the same mix only in what `of` names: what moved inside a stratum, such as a lens that ages
at one site, looks like a moved relation. Every dimension more makes strata smaller and leaves more rows out: name
two or three. Rows are seldom labelled at random, and where the choice changes between the sides, so does the rate; see
`error_rate`. A guideline that changed moves labels and not the model: see `krippendorff_alpha`.

**Usual bounds.** `above: 0.05` with `confidence: 0.95`; without labels of both sides over most of the mix, none.

**Degenerate cases.** No labelled row: null, `no_labels`. None in the reference's scope: null, `no_baseline`. None in
a stratum of both: null, `no_common_strata`.

**Source.** Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, chapter 19; Rothman, Greenland
and Lash (2008), Modern Epidemiology, on direct standardisation. Why a relation is told from its inputs: Gama and others
(2014), A Survey on Concept Drift Adaptation, ACM Computing Surveys 46, 44.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from prism_rules.metrics.errors import name_errors
from prism_rules.metrics.metric import Ask, Metric, Table, build_results, name_columns
from prism_rules.metrics.slices import Values, list_absent

if TYPE_CHECKING:
    import polars as pl


class Errors(NamedTuple):
    """The labelled rows of a stratum."""

    n: int
    wrong: int

    @property
    def rate(self) -> float:
        """The error rate."""
        return self.wrong / self.n

    @property
    def variance(self) -> float:
        """The variance of the error rate, at a rate that lies half a row away from 0 and 1."""
        p = (self.wrong + 0.5) / (self.n + 1)
        return p * (1 - p) / self.n


Strata = Mapping[Values, Errors]


def standardise(current: Strata, reference: Strata) -> tuple[float, float, int]:
    """Compare the error rates of the strata that both have, one at least: their difference at the current mix, its
    standard error, and the rows that it rests on."""
    pairs = [(current[name], reference[name]) for name in sorted(current.keys() & reference.keys())]
    n = sum(here.n for here, _ in pairs)
    value = math.fsum(here.n * (here.rate - there.rate) for here, there in pairs) / n
    variance = math.fsum((here.n / n) ** 2 * (here.variance + there.variance) for here, there in pairs)
    return value, math.sqrt(variance), n


def count_strata(table: Table, of: Values) -> dict[Values, dict[Values, Errors]]:
    """Count the strata of each scope that have labelled rows; a scope without any has none."""
    scopes: dict[Values, dict[Values, Errors]] = {}
    for row in table.frame.iter_rows(named=True):
        strata = scopes.setdefault(tuple(row[name] for name in table.by), {})
        if row["n"]:
            strata[tuple(row[name] for name in of)] = Errors(row["n"], row["wrong"])
    return scopes


def finish(ask: Ask, current: Table, reference: Table | None) -> pl.DataFrame:
    """Compare each scope's strata with those of the reference's scope that contains it."""
    assert reference is not None
    known = count_strata(reference, ask.of)
    results: list[dict[str, object]] = []
    for values, here in sorted(count_strata(current, ask.of).items()):
        scope = dict(zip(current.by, values, strict=True))
        there = known.get(tuple(scope[name] for name in reference.by), {})
        value, error, n = standardise(here, there) if here.keys() & there.keys() else (None, None, 0)
        absent = {name: errors.n for name, errors in here.items() if name not in there} if there else {}
        result: dict[str, object] = {"value": value, "n": n, "slices": list_absent(ask.of, absent)}
        if ask.doubted:
            result["error"] = error
        if value is None:
            result["reason"] = "no_common_strata" if here and there else "no_baseline" if here else "no_labels"
        results.append({**scope, **result})
    return build_results(current.by, results, "slices", *(["error"] if ask.doubted else []))


METRIC = Metric(
    name="concept_drift",
    title="Rise of the error rate on the same mix of conditions",
    roles=("predictions",),
    fields=("label", "class"),
    class_role="rows",
    unit="rows",
    low=-1.0,
    high=1.0,
    interval="error",
    of="dimensions",
    mixes=True,
    keys=lambda ask: name_columns(*ask.of),
    compares=True,
    measures=name_errors,
    finish=finish,
    subject="drift",
)
