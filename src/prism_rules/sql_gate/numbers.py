"""Numbers that are the same in every run, and never NaN: an author's tree rewritten before it runs.

Each rule is a template in SQL. Arithmetic is done in 64-bit floats, because DuckDB's integers raise on overflow, and
one row would take down every rule that shares the scan. What arithmetic leaves not finite (x / 0, 0 / 0) reads as null,
because NaN >= 0.7 is true in DuckDB. Sums of floats depend on the order of threads; as integers of 10^-9 they do not.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from prism_rules.sql_gate.functions import AGGREGATES
from prism_rules.sql_gate.parser import parse
from prism_rules.sql_gate.reading import Reader
from prism_rules.sql_gate.tree import Node

_FINITE = "CASE WHEN isfinite(e) THEN e END"
_INTEGER_SUM = "sum(e)"
_INTEGER_MEAN = "sum(e) / count(e)"
_SUM = """CASE WHEN max(abs(e)) <= 1e12
    THEN sum(CAST(CASE WHEN abs(e) <= 1e12 THEN round(e * 1e9) END AS HUGEINT)) / 1e9 END"""
_MEAN = f"{_SUM} / count(e)"

_COUNT = "coalesce(count_if(e), 0)"
"""DuckDB gives null where the condition is null in every row."""

_ARITHMETIC = {"+", "-", "*", "/", "%"}
_STEADY = {"abs", "round", "floor", "ceil"}


def settle_numbers(node: Node, *, carried: bool = False) -> Node:
    """Return the typed node as it runs. `carried`: arithmetic above it answers for what is not finite."""
    numeric = node.op in _ARITHMETIC | _STEADY
    args = tuple(
        # A divisor is settled by itself: 1 / (1 / 0) would come out as a finite 0.
        settle_numbers(arg, carried=numeric and not (node.op in "/%" and place == 1))
        for place, arg in enumerate(node.args)
    )
    filter_ = None if node.filter is None else settle_numbers(node.filter)
    if node.op == "NUMERIC":
        # DuckDB reads 0.8 as a decimal, whose arithmetic can overflow, and 0.8e0 as a float.
        return replace(node, text=node.text if "e" in node.text.lower() else f"{node.text}e0")
    if node.op == "OPERATOR_CAST" and node.text == "BIGINT" and node.args[0].kind == "integer":
        return args[0]
    if node.op in ("sum", "avg"):
        return _settle_sum(node, args[0], filter_)
    if node.op == "count_if":
        return narrow(fill(_COUNT, args[0]), filter_)
    if numeric and all(arg.kind != "number" for arg in node.args[: 1 if node.op in _STEADY else None]):
        args = (_cast_double(args[0]), *args[1:])
    settled = replace(node, args=args, filter=filter_)
    return settled if carried or not _may_overflow(node) else fill(_FINITE, settled)


def settle_result(node: Node, kind: str) -> Node:
    """Return the whole aggregate as a float."""
    return node if kind == "number" else _cast_double(node)


def narrow(node: Node, condition: Node | None) -> Node:
    """Return the node with `AND condition` in the filter of each of its aggregates."""
    if condition is None or node.op == "TRUSTED":
        return node
    if node.op in AGGREGATES:
        both = condition if node.filter is None else Node("CONJUNCTION_AND", (node.filter, condition))
        return replace(node, filter=both)
    return replace(node, args=tuple(narrow(arg, condition) for arg in node.args))


def fill(template: str, e: Node) -> Node:
    """Return the template's tree with `e` in place of its column of that name."""
    return _put(_read_template(template), e)


def _settle_sum(node: Node, arg: Node, filter_: Node | None) -> Node:
    kind = node.args[0].kind
    if kind == "boolean":
        arg = Node("OPERATOR_CAST", (arg,), text="BIGINT")
    exact = (_INTEGER_SUM, _INTEGER_MEAN) if kind in ("boolean", "integer") else (_SUM, _MEAN)
    if kind == "null":
        arg = _cast_double(arg)
    return narrow(fill(exact[node.op == "avg"], arg), filter_)


def _cast_double(node: Node) -> Node:
    if node.op == "INTEGER":
        return Node("NUMERIC", text=f"{node.text}e0")
    return Node("OPERATOR_CAST", (node,), text="DOUBLE")


def _may_overflow(node: Node) -> bool:
    return (node.op in _ARITHMETIC and len(node.args) == 2) or (
        node.op in _STEADY | {"-"} and any(_may_overflow(arg) for arg in node.args)
    )


@cache
def _read_template(template: str) -> Node:
    reader = Reader(template, engine=True)
    node = reader.read(parse(template))
    assert not reader.faults
    return node


def _put(node: Node, e: Node) -> Node:
    if node.op == "COLUMN_REF":
        return e
    return replace(node, args=tuple(_put(arg, e) for arg in node.args))
