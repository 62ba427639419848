"""The catalogue told: which metrics there are under which subject, and each one's manual page."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any, Literal, get_args

from prism_rules.metrics.metric import ClassRole, Interval, Metric, Of, Subject, Unit
from prism_rules.model.frozen import Frozen, read_descriptions
from prism_rules.model.ruleset import Role

OF = {
    "none": "nothing",
    "column": "a feature or `confidence`, or several, or `features` for all of those",
    "field": "a column of the source, or several, or `features` for all of those",
    "category": "a column of the source that holds no numbers, or several",
    "fields": "columns of any kind, taken together",
    "dimensions": "dimensions of the source",
    "grouped": "one dimension of `by`",
    "expression": "one SQL aggregate expression",
}

INTERVALS = {
    None: "refused: there is no interval",
    "proportion": "Wilson's interval of a share of `n`",
    "error": "from the standard error: Student's interval, or the normal one where the page says so",
    "difference": "Newcombe's interval of the difference of two shares",
}


def group_metrics(metrics: Iterable[Metric]) -> dict[str, list[Metric]]:
    """Group metrics by their subject, in the order in which the subjects are declared."""
    listed = [*metrics]
    groups = {name: [metric for metric in listed if metric.subject == name] for name in get_args(Subject)}
    return {name: group for name, group in groups.items() if group}


def write_page(metric: Metric) -> str:
    """Write a metric's page in Markdown: what it takes as a table, then its module's docstring."""
    first, _, rest = _read_manual(metric).partition("\n\n")
    low, high = ("unbounded" if end is None else f"{end:g}" for end in (metric.low, metric.high))
    rows = {
        "Measured on": ", ".join(metric.roles),
        "Fields it reads": ", ".join(f"`{field}`" for field in metric.fields) or "none of its own",
        "`of`": OF[metric.of],
        "`with`": "; ".join(_list_parameters(metric)) or "nothing",
        "`baseline`": "required: it is part of the metric" if metric.compares else "for `drop`, `rise` and `change`",
        "Range": "unbounded" if low == high else f"{low} to {high}",
        "`n` counts": metric.unit,
        "`confidence`": "; ".join([INTERVALS[metric.interval], *(f"only with `{d}` in `by`" for d in metric.sure_by)]),
    }
    table = "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {text} |" for name, text in rows.items())])
    return f"# {metric.name}\n\n{first}\n\n{table}\n\n{rest}\n"


def read_summary(metric: Metric) -> str:
    """Read what a metric is, in one line."""
    return " ".join(_read_manual(metric).partition("\n\n")[0].split())


def _read_manual(metric: Metric) -> str:
    return inspect.cleandoc(import_module(f"prism_rules.metrics.{metric.name}").__doc__ or "")


def _list_parameters(metric: Metric) -> Iterator[str]:
    said = read_descriptions(metric.params)
    for name, field in metric.params.model_fields.items():
        default = "required" if field.is_required() else f"default {_write_default(field.default)}"
        yield f"`{name}`: {said[name].strip().rstrip('.')} ({default})"


def _write_default(value: object) -> str:
    """Write a default as a ruleset would."""
    if isinstance(value, Frozen):
        return json.dumps(value.model_dump(mode="json"))
    return json.dumps(value, default=str)


class MetricEntry(Frozen):
    """A metric as machines are told of it; docs/metrics/ says what it means."""

    name: str
    title: str
    subject: Subject
    roles: tuple[Role, ...]
    """Roles of the sources that it is measured on."""
    fields: tuple[str, ...]
    """Fields of the source that it reads."""
    class_role: ClassRole
    """What `by: [class]` tells apart: rows by their class, by their label, a class from the rest, or nothing."""
    unit: Unit
    """What `n` counts."""
    range: tuple[float | None, float | None]
    """The lowest and the highest value; null: unbounded."""
    interval: Interval | None
    """How sure a value is: by Wilson's interval of a proportion, by its standard error, by Newcombe's interval of a
    difference of two shares; null: `confidence` is refused."""
    of: Of
    """What `of` takes: nothing; columns of numbers, of any kind or of no numbers, each measured by itself; columns
    taken together; dimensions; one dimension of `by`; or an SQL expression."""
    compares: bool
    """Whether a baseline is part of the metric, and required."""
    parameters: dict[str, Any]
    """The JSON Schema of `with`."""


class Catalogue(Frozen):
    """What `prism-rules metrics --format json` prints."""

    apiVersion: Literal["prism-rules/v1"]
    kind: Literal["Metrics"]
    metrics: tuple[MetricEntry, ...]


def describe_metrics(metrics: Iterable[Metric]) -> Catalogue:
    """Describe metrics for machines."""
    return Catalogue(apiVersion="prism-rules/v1", kind="Metrics", metrics=tuple(map(_describe_metric, metrics)))


def _describe_metric(metric: Metric) -> MetricEntry:
    alike = {name: getattr(metric, name) for name in MetricEntry.model_fields.keys() - {"range", "parameters"}}
    schema = metric.params.model_json_schema()
    return MetricEntry(**alike, range=(metric.low, metric.high), parameters=schema)
