"""ECDF: the empirical distribution function of a column's numbers beside that of its baseline's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from prism_rules.engines.quoting import quote_name
from prism_rules.metrics import Measure
from prism_rules.metrics.metric import name_columns
from prism_rules.program.readings import Part, Wanted
from prism_rules.program.relations import rows
from prism_rules.program.relations.asking import Asking, fill
from prism_rules.program.relations.numbers import Numbers, find_numbers, list_asked


def want(asking: Asking, part: Part) -> Wanted:
    """Want how far a part's numbers lie from those of its baseline, which itself only tells what scopes it has."""
    if part.side == "baseline":
        [column] = part.ask.of
        return replace(rows.want(asking, part), measures={"n": Measure("count", of=quote_name(column))})
    other = asking.once(_index_baselines)[part.rule, part.of, part.step]
    numbers, reference = (find_numbers(asking, side) for side in (part, other))
    access, beside = (asking.find_access(side, list_asked(asking, side), watched=False) for side in (part, other))
    return Wanted(
        part,
        f"(\n{write_ecdf(numbers, reference)}\n)",
        replace(access, beside=((other.source, beside),)),
        name_columns(*({*numbers.by} - {*part.by})),
        asking.find_metric(part).measures(part.ask),
    )


def _index_baselines(asking: Asking) -> Mapping[tuple[str, str | None, int], Part]:
    return {(part.rule, part.of, part.step): part for part in asking.parts if part.side == "baseline"}


def write_ecdf(numbers: Numbers, reference: Numbers) -> str:
    """Write relations/ecdf.sql: a row per scope of `numbers` with `_n`, `_m`, `_gap`, `_area` and `_spread`, which is
    null without a reference. Both are of one column; `reference.by` is a subset of `numbers.by`."""
    parts = {
        "relation": numbers.relation, "conditions": numbers.where, "column": quote_name(numbers.column),
        "reference": reference.relation, "reference_conditions": reference.where,
        "by": _list_columns(numbers.by), "scope": _list_columns(numbers.by, "_s."),
        "reference_by": _list_columns(reference.by), "place": _list_columns(reference.by, "_t."),
        "contains": " AND ".join(f"_s.{name} = _t.{name}" for name in map(quote_name, reference.by)) or "true",
    }  # fmt: skip
    return fill("ecdf", parts).strip()


def _list_columns(names: Iterable[str], of: str = "") -> str:
    return "".join(f"{of}{quote_name(name)}, " for name in names)
