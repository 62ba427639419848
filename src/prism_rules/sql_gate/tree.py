"""The closed form of an author's expression, and DuckDB's parse tree written from it.

What `write` gives is built from that closed form alone, so nothing of the author's tree that was not understood can
reach the engine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from prism_rules.sql_gate.faults import Span

NOWHERE = 2**64 - 1
"""Where DuckDB says that a node stands which it made up."""
TYPES_OF = {
    "COLUMN_REF": ("COLUMN_REF",),
    "CONSTANT": ("VALUE_CONSTANT",),
    "COMPARISON": (
        *("COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_DISTINCT_FROM", "COMPARE_NOT_DISTINCT_FROM"),
        *("COMPARE_LESSTHAN", "COMPARE_LESSTHANOREQUALTO", "COMPARE_GREATERTHAN", "COMPARE_GREATERTHANOREQUALTO"),
    ),
    "CONJUNCTION": ("CONJUNCTION_AND", "CONJUNCTION_OR"),
    "BETWEEN": ("COMPARE_BETWEEN",),
    "CASE": ("CASE_EXPR",),
    "CAST": ("OPERATOR_CAST",),
    "OPERATOR": ("OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_COALESCE", "COMPARE_IN"),
    "FUNCTION": ("FUNCTION",),
}
"""DuckDB's classes of nodes, and the types of each that are known here."""
LITERALS = {"INTEGER", "NUMERIC", "STRING", "BOOLEAN", "NULL_LITERAL"}

_CLASS_OF = {type_: class_ for class_, types in TYPES_OF.items() for type_ in types}


@dataclass(frozen=True)
class Node:
    """One node. `op` is DuckDB's type of it (upper case), or the function's name; `text` a column, literal or type.

    `CASE_EXPR` has condition, value, ..., else; `TRUSTED` holds a tree of the program's own as JSON.
    """

    op: str
    args: tuple[Node, ...] = ()
    text: str = ""
    filter: Node | None = None
    distinct: bool = False
    kind: str = field(default="unknown", compare=False)
    at: Span | None = field(default=None, compare=False)

    @cached_property
    def weight(self) -> int:
        """Nodes that DuckDB will bind: it copies the operand of nullif, BETWEEN and IN, again and again when nested."""
        copies = {"nullif": 1, "COMPARE_BETWEEN": 1, "COMPARE_IN": len(self.args) - 2}.get(self.op, 0)
        children = self.args if self.filter is None else (*self.args, self.filter)
        return 1 + sum(child.weight for child in children) + (copies * self.args[0].weight if copies > 0 else 0)


def write(node: Node) -> dict[str, Any]:
    """Return DuckDB's tree of the node."""
    if node.op == "TRUSTED":
        trusted: dict[str, Any] = json.loads(node.text)
        return trusted
    args = [write(arg) for arg in node.args]
    if node.op in LITERALS:
        return _mark("CONSTANT", "VALUE_CONSTANT", literal={"kind": node.op, "text": node.text})
    match _CLASS_OF.get(node.op):
        case "COLUMN_REF":
            return _mark("COLUMN_REF", node.op, column_names=[node.text])
        case "COMPARISON":
            return _mark("COMPARISON", node.op, left=args[0], right=args[1])
        case "BETWEEN":
            return _mark("BETWEEN", node.op, input=args[0], lower=args[1], upper=args[2])
        case "CASE":
            checks = [{"when_expr": args[i], "then_expr": args[i + 1]} for i in range(0, len(args) - 1, 2)]
            return _mark("CASE", node.op, case_checks=checks, else_expr=args[-1])
        case "CAST":
            return _mark("CAST", node.op, child=args[0], try_cast=False, type_expr=write_type(node.text))
        case "CONJUNCTION" | "OPERATOR" as class_:
            return _mark(class_, node.op, children=args)
    return _mark(
        "FUNCTION",
        "FUNCTION",
        function_name=node.op,
        schema="",
        catalog="",
        qualified_name={"path": [node.op]},
        filter=None if node.filter is None else write(node.filter),
        order_bys={"type": "ORDER_MODIFIER", "orders": []},
        distinct=node.distinct,
        is_operator=not node.op.isidentifier(),
        export_state=False,
        arguments=[{"name": "", "expression": arg} for arg in args],
    )


def write_type(name: str) -> dict[str, Any]:
    """Return DuckDB's tree of a type without parameters."""
    path = {"path": [name]}
    return _mark("TYPE", "TYPE", catalog="", schema="", type_name=name, children=[], qualified_name=path)


def wrap(expression: dict[str, Any]) -> dict[str, Any]:
    """Return the statement tree of `SELECT <expression>`."""
    node: dict[str, Any] = {
        "type": "SELECT_NODE",
        "modifiers": [],
        "cte_map": {"map": []},
        "select_list": [expression],
        "from_table": {
            "type": "EMPTY",
            "alias": "",
            "sample": None,
            "query_location": NOWHERE,
            "query_location_length": 0,
        },
        "where_clause": None,
        "group_expressions": [],
        "group_sets": [],
        "aggregate_handling": "STANDARD_HANDLING",
        "having": None,
        "sample": None,
        "qualify": None,
    }
    return {"error": False, "statements": [{"node": node, "named_param_map": []}]}


def _mark(class_: str, type_: str, **keys: Any) -> dict[str, Any]:
    return {"class": class_, "type": type_, "alias": "", "query_location": NOWHERE, "query_location_length": 0, **keys}
