"""Kinds: what each part of an expression is, decided here and not by DuckDB's implicit casts.

DuckDB would read `confidence >= 'nan'` as a comparison with NaN, which is true of nothing or everything, and would try
to turn a text column into numbers row by row. Here text is text: only a constant beside a time is read as one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from prism_rules.diagnostics.suggest import did_you_mean, nearest
from prism_rules.sql_gate.faults import Code, Fault
from prism_rules.sql_gate.functions import AGGREGATES, FUNCTIONS, INSTEAD
from prism_rules.sql_gate.tree import Node

KINDS = {"VARCHAR": "text", "DOUBLE": "number", "BIGINT": "integer", "BOOLEAN": "boolean", "TIMESTAMP": "time"}
"""DuckDB's types of columns, and what they are here. `integer` passes as `number`; `null` and `unknown` pass as all."""

_LITERALS = {"INTEGER": "integer", "NUMERIC": "number", "STRING": "text", "BOOLEAN": "boolean", "NULL_LITERAL": "null"}
_WORDS = {"text": "text", "number": "a number", "integer": "a number", "boolean": "true or false", "time": "a time"}
_COLUMNS = "`sources` lists fields and dimensions"
_ALIKE = {"null", "unknown"}
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?")
_UNITS = {"hour", "day", "week", "month", "quarter", "year"}
_FIELDS = {"year", "quarter", "month", "week", "day", "dow", "isodow", "doy", "hour", "minute", "second"}
_CONSTANTS = {
    "digits": "a whole number from -9 to 9",
    "share": "a number from 0 to 1",
    "pattern": "a text in quotes",
    "unit": f"one of {', '.join(sorted(_UNITS))}, in quotes",
    "field": f"one of {', '.join(sorted(_FIELDS))}",
}
_WRITTEN = {"count_star": "count", "~~": "LIKE", "!~~": "NOT LIKE", "~~*": "ILIKE", "!~~*": "NOT ILIKE"}


class Typing:
    """One walk over one tree: gives each node its kind; `faults` and the `used` columns are its outcome."""

    def __init__(self, columns: Mapping[str, str], mode: Literal["where", "aggregate"]) -> None:
        self.columns, self.mode = columns, mode
        self.faults: list[Fault] = []
        self.used: set[str] = set()
        self.aggregates = 0

    def settle(self, node: Node, *, inside: bool = False) -> Node:
        """Return the node with the kinds of all its parts; `inside` is inside an aggregate."""
        if node.op in _LITERALS:
            return replace(node, kind=_LITERALS[node.op])
        if node.op == "COLUMN_REF":
            return self.settle_column(node, inside)
        if node.op in AGGREGATES:
            if self.mode == "where":
                self.fault(
                    "sql-forbidden",
                    f"`{_name(node)}` counts over rows; a `where` looks at one row",
                    node,
                    "use `metric: sql` for it",
                )
            elif inside:
                self.fault("sql-forbidden", f"`{_name(node)}` stands inside another aggregate", node, "use one")
            self.aggregates += 1
            inside = True
        args = tuple(self.settle(arg, inside=inside) for arg in node.args)
        filter_ = None if node.filter is None else self.settle(node.filter, inside=True)
        if filter_ is not None:
            self.want("boolean", filter_, "FILTER (WHERE ...)")
        node = replace(node, args=args, filter=filter_)
        if node.op in FUNCTIONS and not node.op.isupper():
            return self.settle_function(node)
        return self.settle_operator(node)

    def settle_column(self, node: Node, inside: bool) -> Node:
        if node.text not in self.columns:
            help_ = INSTEAD.get(node.text.lower()) or _explain_quotes(node, self.columns)
            help_ = help_ or did_you_mean(node.text, self.columns) or _COLUMNS
            self.fault("sql-unknown-column", f"there is no column `{node.text}`", node, help_)
            return node
        if self.mode == "aggregate" and not inside:
            self.fault(
                "sql-type",
                f"`{node.text}` stands outside an aggregate, where it has one value per row",
                node,
                "put it into count, sum, avg, min, max, median or into FILTER (WHERE ...)",
            )
        self.used.add(node.text)
        return replace(node, kind=KINDS[self.columns[node.text]])

    def settle_operator(self, node: Node) -> Node:
        args = node.args
        match node.op:
            case "CONJUNCTION_AND" | "CONJUNCTION_OR" | "OPERATOR_NOT":
                for arg in args:
                    self.want("boolean", arg, node.op.rpartition("_")[2])
                return replace(node, kind="boolean")
            case "OPERATOR_IS_NULL" | "OPERATOR_IS_NOT_NULL":
                return replace(node, kind="boolean")
            case "CASE_EXPR":
                for condition in args[:-1:2]:
                    self.want("boolean", condition, "WHEN")
                values, kind = self.agree((*args[1::2], args[-1]), "CASE")
                rest = [part for pair in zip(args[:-1:2], values, strict=False) for part in pair]
                return replace(node, args=(*rest, values[-1]), kind=kind)
            case "OPERATOR_COALESCE":
                args, kind = self.agree(args, "coalesce")
                return replace(node, args=args, kind=kind)
            case "OPERATOR_CAST":
                return self.settle_cast(node)
            case "?":
                return node
        args, _ = self.agree(args, {"COMPARE_IN": "IN", "COMPARE_BETWEEN": "BETWEEN"}.get(node.op, "the comparison"))
        return replace(node, args=args, kind="boolean")

    def settle_cast(self, node: Node) -> Node:
        (arg,) = node.args
        if node.text == "TIMESTAMP" and arg.op == "STRING":
            return self.read_time(arg)
        allowed = {"DOUBLE": {"number", "integer", "boolean"}, "BIGINT": {"integer", "boolean"}, "BOOLEAN": {"boolean"}}
        if arg.kind not in _ALIKE | allowed.get(node.text, set()):
            instead = {"BIGINT": "use round, floor or ceil", "TIMESTAMP": "write TIMESTAMP '2026-01-31'"}
            help_ = instead.get(node.text, "give the field its type in the data")
            self.fault("sql-type", f"{_WORDS[arg.kind]} is not cast to {node.text}", node, help_)
        return replace(node, kind=KINDS[node.text])

    def read_time(self, node: Node) -> Node:
        try:
            if not _TIME.fullmatch(node.text):
                raise ValueError
            datetime.fromisoformat(node.text)
        except ValueError:
            self.fault("sql-type", f"`{node.text}` is not a time", node, "write '2026-01-31 12:00:00', in UTC")
        return Node("OPERATOR_CAST", (replace(node, kind="text"),), text="TIMESTAMP", kind="time", at=node.at)

    def settle_function(self, node: Node) -> Node:
        function, name = FUNCTIONS[node.op], _name(node)
        most = len(function.takes)
        if not most - function.optional <= len(node.args) <= (99 if function.variadic else most):
            self.fault("sql-type", f"`{name}` takes other arguments", node, f"write {function.written}")
            return node
        takes = (*function.takes, *[function.takes[-1]] * (len(node.args) - most)) if most else ()
        for arg, want in zip(node.args, takes, strict=False):
            if want in _CONSTANTS:
                self.want_constant(want, arg, name)
            elif want == "summand":
                if arg.kind not in {"number", "integer", "boolean"} | _ALIKE:
                    self.fault("sql-type", f"`{name}` takes a number, this is {_WORDS[arg.kind]}", arg)
            elif want not in ("any", "same"):
                self.want(want, arg, f"`{name}`")
        kind = function.gives
        if "same" in function.takes:
            args, common = self.agree(node.args, f"`{name}`")
            return replace(node, args=args, kind=common if kind == "same" else args[0].kind)
        if kind == "first":
            kind = node.args[0].kind
        elif kind == "sum":
            kind = "number" if node.args[0].kind in ("number", "null") else "integer"
        return replace(node, kind=kind)

    def want(self, kind: str, node: Node, by: str) -> None:
        if node.kind not in {kind, *_ALIKE} and (kind, node.kind) != ("number", "integer"):
            help_ = (
                "use epoch(t) for the seconds of a time"
                if (kind, node.kind) == ("number", "time")
                else (
                    "use count_if(...), or CAST(... AS BIGINT)" if (kind, node.kind) == ("number", "boolean") else None
                )
            )
            self.fault("sql-type", f"{by} takes {_WORDS[kind]}, this is {_WORDS[node.kind]}", node, help_)

    def want_constant(self, want: str, node: Node, name: str) -> None:
        good = {
            "digits": node.op == "INTEGER" and len(node.text) <= 2 and -9 <= int(node.text) <= 9,
            "share": node.op in ("INTEGER", "NUMERIC") and 0 <= float(node.text) <= 1,
            "pattern": node.op == "STRING",
            "unit": node.op == "STRING" and node.text.lower() in _UNITS,
            "field": node.op == "STRING" and node.text.lower() in _FIELDS,
        }
        if not good[want] and node.kind != "unknown":
            self.fault("sql-type", f"`{name}` takes {_CONSTANTS[want]}", node)

    def agree(self, nodes: Sequence[Node], by: str) -> tuple[tuple[Node, ...], str]:
        """Return the nodes with texts beside times read as times, and their one kind."""
        if any(node.kind == "time" for node in nodes):
            nodes = [self.read_time(node) if node.op == "STRING" else node for node in nodes]
        kinds = {node.kind for node in nodes} - _ALIKE
        if kinds == {"integer", "number"}:
            kinds = {"number"}
        if len(kinds) > 1:
            first = next(node for node in nodes if node.kind not in _ALIKE)
            other = next(n for n in nodes if n.kind not in _ALIKE and _WORDS[n.kind] != _WORDS[first.kind])
            self.fault(
                "sql-type",
                f"{by} puts {_WORDS[first.kind]} beside {_WORDS[other.kind]}",
                other,
                "compare values of one type; text stands in single quotes, numbers without",
            )
        if len(kinds) == 1:
            return tuple(nodes), kinds.pop()
        return tuple(nodes), "null" if {node.kind for node in nodes} == {"null"} else "unknown"

    def fault(self, code: Code, message: str, node: Node, help_: str | None = None) -> None:
        self.faults.append(Fault(code, message, node.at, help_))


def _explain_quotes(node: Node, columns: Mapping[str, str]) -> str | None:
    """Say how text is written to one who put it in double quotes, as a name is."""
    quoted = node.at is not None and node.at[1] > len(node.text) and nearest(node.text, columns) is None
    return f"text stands in single quotes: '{node.text}'" if quoted else None


def _name(node: Node) -> str:
    return _WRITTEN.get(node.op, node.op)
