"""The gate for authors' SQL: `where:` (one condition over a row) and `of:` of `metric: sql` (one aggregate expression).

An author's text never runs. It passes cheap limits (`prescan`), DuckDB's own parser, twice (`parser`), a reader that
knows a closed set of nodes and functions (`reading`, `functions`), and a check of kinds (`kinds`). What is understood
is made exact (`numbers`), written anew by DuckDB (`tree`), read back once more and bound to an empty table. Only that
text runs.

What runs supposes clean columns: DOUBLE holds neither NaN nor infinities (null instead), and times are UTC. Under that
condition no value that is not finite satisfies anything, and no row makes it fail.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from prism_rules.diagnostics import Problem, Route
from prism_rules.sql_gate.faults import Fault, Unreadable
from prism_rules.sql_gate.functions import FUNCTIONS, Function
from prism_rules.sql_gate.tree import Node

__all__ = ["FUNCTIONS", "Function", "Gated", "Node", "gate"]

Kind = Literal["where", "aggregate"]
MAX_WEIGHT = 2_000
_AMBIGUOUS = Fault("sql-forbidden", "DuckDB reads this in two ways", None, "write it more plainly")


@dataclass(frozen=True, slots=True)
class Gated:
    """A vetted expression over clean columns, null wherever it has no finite value."""

    sql: str
    """What runs: BOOLEAN per row for `where`, DOUBLE per group for `aggregate`."""
    columns: frozenset[str]
    canonical: str
    """The author's expression as DuckDB writes it, before numbers are made exact; gating it again changes nothing."""
    tree: Node = field(repr=False, compare=False)

    def filtered(self, condition: str) -> str:
        """Return the aggregate measured only where `condition` holds, as many rules of different windows share a scan.

        The condition goes into the FILTER of every aggregate, on DuckDB's tree. It is the program's own text, not an
        author's: it is parsed as one expression, and nothing else is asked of it.
        """
        from prism_rules.sql_gate.numbers import narrow
        from prism_rules.sql_gate.parser import parse, render

        return render(narrow(self.tree, Node("TRUSTED", text=json.dumps(parse(condition)))))


def gate(text: str, *, kind: Kind, columns: Mapping[str, str], route: Route) -> Gated | list[Problem]:
    """Vet an author's expression over `columns`: logical name -> VARCHAR, DOUBLE, BIGINT, BOOLEAN or TIMESTAMP.

    Gives the expression, or every problem found, each with its place inside the text at `route`: `sql-syntax`,
    `sql-unknown-column`, `sql-forbidden`, `sql-type`, `sql-too-large`. Costs a few milliseconds, once per expression.
    """
    gated = _vet_once(text, kind, tuple(columns.items()))
    return gated if isinstance(gated, Gated) else [fault.placed(route) for fault in gated]


@lru_cache(maxsize=1024)
def _vet_once(text: str, kind: Kind, columns: tuple[tuple[str, str], ...]) -> Gated | tuple[Fault, ...]:
    try:
        gated = _vet(text, kind, dict(columns))
    except Unreadable as unreadable:
        return (unreadable.fault,)
    return gated if isinstance(gated, Gated) else tuple(gated)


def _vet(text: str, kind: Kind, columns: Mapping[str, str]) -> Gated | list[Fault]:
    from prism_rules.sql_gate.kinds import Typing
    from prism_rules.sql_gate.numbers import settle_numbers, settle_result
    from prism_rules.sql_gate.parser import bind, parse
    from prism_rules.sql_gate.prescan import scan
    from prism_rules.sql_gate.reading import Reader

    if fault := scan(text):
        return [fault]
    reader, typing = Reader(text), Typing(columns, kind)
    written = reader.read(parse(text, limited=True))
    typed = typing.settle(written)
    faults = [*reader.faults, *typing.faults] or _check_result(typed, kind, typing.aggregates)
    if faults:
        return faults
    tree = settle_numbers(typed)
    if kind == "aggregate":
        tree = settle_result(tree, typed.kind)
    if max(tree.weight, written.weight) > MAX_WEIGHT:
        raise Unreadable(
            Fault(
                "sql-too-large",
                "nested nullif, BETWEEN, IN or comparisons multiply beyond measure",
                None,
                "name the inner value in the data, or split the rule",
            )
        )
    gated = Gated(_write_twice(tree, engine=True), frozenset(typing.used), _write_twice(written), tree)
    if bind(gated.sql, columns, gated.columns) != {"where": "BOOLEAN", "aggregate": "DOUBLE"}[kind]:
        raise Unreadable(_AMBIGUOUS)
    return gated


def _check_result(node: Node, kind: Kind, aggregates: int) -> list[Fault]:
    if kind == "where" and node.kind != "boolean":
        return [Fault("sql-type", "a `where` must be true or false of a row", node.at, "compare it with something")]
    if kind == "aggregate" and not aggregates:
        return [Fault("sql-type", "there is no aggregate in it", node.at, "write count(*), avg(x), ...")]
    if kind == "aggregate" and node.kind not in ("number", "integer", "boolean"):
        return [Fault("sql-type", "the result must be a number", node.at, "count it, compare it, or take epoch(t)")]
    return []


def _write_twice(node: Node, *, engine: bool = False) -> str:
    """Return the text of the node, which is read back by the same closed reader and must give the node again."""
    from prism_rules.sql_gate.parser import parse, render
    from prism_rules.sql_gate.reading import Reader

    text = render(node)
    reader = Reader(text, engine=engine)
    if reader.read(parse(text)) != node or reader.faults:
        raise Unreadable(_AMBIGUOUS)
    return text
