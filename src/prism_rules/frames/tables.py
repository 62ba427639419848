"""Tables: what a plan says as Polars frames. A column is there, in its type, also where there are no rows.

Moments are UTC. `where` says a scope in words; `scope` has it as a struct, with a field for every dimension.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from prism_rules.model.plan import ActionEntry, Diagnosis, Finding, Passing, Plan
from prism_rules.render.words import say_finding
from prism_rules.render.work import say_blocker
from prism_rules.wording import name_scope

if TYPE_CHECKING:
    import polars as pl

Type = Literal["text", "integer", "number", "flag", "moment", "day", "texts", "numbers"]
Columns = Mapping[str, tuple[Type, Callable[[Any, Plan], object]]]
"""Name -> its type, and what it holds of an entry of a plan."""


def _same(*names: str, of: Type = "text") -> Columns:
    def read(name: str) -> Callable[[Any, Plan], object]:
        return lambda entry, _: getattr(entry, name)

    return {name: (of, read(name)) for name in names}


FINDINGS: Columns = {
    **_same("rule"),
    "title": ("text", lambda finding, plan: plan.rules[finding.rule].title if finding.rule in plan.rules else None),
    **_same("status", "change"),
    **_same("value", of="number"),
    **_same("n", of="integer"),
    **_same("unit"),
    "low": ("number", lambda finding, _: finding.interval and finding.interval[0]),
    "high": ("number", lambda finding, _: finding.interval and finding.interval[1]),
    "level": ("text", lambda finding, _: finding.bound and finding.bound.level),
    "bound": ("text", lambda finding, _: say_finding(finding) if finding.bound else None),
    "bound_kind": ("text", lambda finding, _: finding.bound and finding.bound.kind),
    "bound_values": ("numbers", lambda finding, _: _list_values(finding)),
    "baseline": ("number", lambda finding, _: finding.baseline and finding.baseline.value),
    "baseline_n": ("integer", lambda finding, _: finding.baseline and finding.baseline.n),
    "from": ("moment", lambda finding, _: finding.window[0]),
    "to": ("moment", lambda finding, _: finding.window[1]),
    **_same("reason", "hides", "waiver"),
    **_same("since", of="moment"),
    **_same("id"),
}
PASSES: Columns = {**_same("rule"), **_same("value", of="number"), **_same("n", of="integer"), **_same("id")}
DIAGNOSES: Columns = {
    **_same("cause", "title", "kind", "gap", "verdict"),
    **_same("score", of="number"),
    **_same("rank", of="integer"),
    **_same("head", of="flag"),
    **_same("evidence", "against", "unknown", "leads_to", of="texts"),
    **_same("text", "id"),
}
ACTIONS: Columns = {
    **_same("action", "kind", "title", "state"),
    **_same("overdue", of="flag"),
    **_same("owner"),
    **_same("due", of="day"),
    **_same("priority", "episode", of="integer"),
    **_same("opened_at", of="moment"),
    "rows": ("integer", lambda action, _: action.queue.rows if action.queue else 0),
    "minutes": ("integer", lambda action, _: action.queue.effort_minutes if action.queue else None),
    **_same("covers", "after", of="texts"),
    "blocked_by": ("texts", lambda action, plan: [say_blocker(blocker, plan) for blocker in action.blocked_by]),
    **_same("steps", "id"),
}


def tabulate_findings(plan: Plan) -> pl.DataFrame:
    """Every finding but the passes, in the plan's order: the worst first."""
    return _tabulate(FINDINGS, plan.findings, plan)


def tabulate_passes(plan: Plan) -> pl.DataFrame:
    """Every finding that passed."""
    return _tabulate(PASSES, plan.passes, plan)


def tabulate_diagnoses(plan: Plan) -> pl.DataFrame:
    """Every cause that was found, or could not be ruled out, with the ids of its evidence."""
    return _tabulate(DIAGNOSES, plan.diagnoses, plan)


def tabulate_actions(plan: Plan) -> pl.DataFrame:
    """Every action, with what blocks it in words."""
    return _tabulate(ACTIONS, plan.actions, plan)


def tabulate_measurements(plan: Plan, data: bytes) -> pl.DataFrame:
    """Tabulate the rows of measurements.parquet with the scope as other frames have it."""
    import json

    import polars as pl

    table = pl.read_parquet(data)
    moments = [pl.col(name).str.to_datetime(time_unit="us", time_zone="UTC") for name in ("from", "to")]
    return _place(table.drop("scope").with_columns(moments), [json.loads(scope) for scope in table["scope"]], plan)


def tabulate_queue(lines: bytes) -> pl.DataFrame:
    """Tabulate the rows of a queue for programs; moments are text, as the file has them."""
    import io

    import polars as pl

    return pl.read_ndjson(io.BytesIO(lines), infer_schema_length=None)


def _tabulate(
    columns: Columns, entries: Sequence[Finding | Passing | Diagnosis | ActionEntry], plan: Plan
) -> pl.DataFrame:
    import polars as pl

    types: dict[Type, pl.DataType] = {
        "text": pl.String(), "integer": pl.Int64(), "number": pl.Float64(), "flag": pl.Boolean(),
        "moment": pl.Datetime("us", "UTC"), "day": pl.Date(), "texts": pl.List(pl.String()),
        "numbers": pl.List(pl.Float64()),
    }  # fmt: skip
    table = pl.DataFrame(
        [
            pl.Series(name, [_READ[type_](read(entry, plan)) for entry in entries], dtype=types[type_])
            for name, (type_, read) in columns.items()
        ]
    )
    return _place(table, [entry.scope for entry in entries], plan)


def _place(table: pl.DataFrame, scopes: Sequence[Mapping[str, str]], plan: Plan) -> pl.DataFrame:
    """Put `where` behind the first column, and `scope` last."""
    import polars as pl

    dimensions = sorted({name for rule in plan.rules.values() for name in rule.by}.union(*scopes))
    fields = pl.Struct({name: pl.String() for name in dimensions})
    filled = [{name: scope.get(name) for name in dimensions} for scope in scopes]
    where = pl.Series("where", [name_scope(dict(scope)) for scope in scopes], dtype=pl.String())
    return table.insert_column(1, where).with_columns(pl.Series("scope", filled, dtype=fields))


def _keep(value: object) -> object:
    return value


_READ: Mapping[Type, Callable[[Any], object]] = {
    **dict.fromkeys(("text", "integer", "number", "flag", "numbers"), _keep),
    "moment": lambda text: datetime.fromisoformat(text) if text else None,
    "day": lambda text: date.fromisoformat(text) if text else None,
    "texts": list,
}


def _list_values(finding: Finding) -> list[float] | None:
    """List the number that the bound names; the lower and the upper one where it names two."""
    if finding.bound is None:
        return None
    value = finding.bound.value
    return [*map(float, value)] if isinstance(value, tuple) else [float(value)]
