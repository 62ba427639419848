"""DuckDB's parse tree read into a closed form.

A class, type, key or modifier that is not named here is refused, so a new version of DuckDB can take something away
from authors but never let something in.
"""

from __future__ import annotations

from typing import Any

from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.sql_gate.faults import Fault, Span, Unreadable
from prism_rules.sql_gate.functions import AGGREGATES, FUNCTIONS, INSTEAD
from prism_rules.sql_gate.tree import LITERALS, NOWHERE, TYPES_OF, Node, wrap, write_type

MAX_NODES = 300
MAX_DEPTH = 50

_PREFIX = len("SELECT ")
_EVERYWHERE = {"class", "type", "alias", "query_location", "query_location_length"}
_KEYS = {
    "COLUMN_REF": {"column_names"},
    "CONSTANT": {"literal"},
    "COMPARISON": {"left", "right"},
    "CONJUNCTION": {"children"},
    "BETWEEN": {"input", "lower", "upper"},
    "CASE": {"case_checks", "else_expr"},
    "CAST": {"child", "try_cast", "type_expr"},
    "OPERATOR": {"children"},
    "FUNCTION": {
        *("function_name", "schema", "catalog", "qualified_name", "arguments"),
        *("filter", "order_bys", "distinct", "is_operator", "export_state"),
    },
}
_TYPES = {
    "DOUBLE": "DOUBLE",
    "FLOAT8": "DOUBLE",
    "BIGINT": "BIGINT",
    "INTEGER": "BIGINT",
    "INT": "BIGINT",
    "INT8": "BIGINT",
    "BOOLEAN": "BOOLEAN",
    "BOOL": "BOOLEAN",
    "TIMESTAMP": "TIMESTAMP",
    "DATE": "TIMESTAMP",
}
_NAMES = {
    "SUBQUERY": "a subquery",
    "WINDOW": "a window (OVER)",
    "LAMBDA": "a lambda",
    "STAR": "`*` outside count(*)",
    "PARAMETER": "a parameter",
    "COLLATE": "COLLATE",
    "POSITIONAL_REFERENCE": "a position",
    "DEFAULT": "DEFAULT",
}
_LISTED = "`prism-rules explain sql-forbidden` lists those that are"
_ENGINE = {"isfinite"}
"""Functions that `numbers` writes and authors may not."""


def unwrap(statements: dict[str, Any]) -> dict[str, Any] | None:
    """Return the one expression of a parsed `SELECT <expression>`; None where it is more than that."""
    try:
        expression: dict[str, Any] = statements["statements"][0]["node"]["select_list"][0]
    except (KeyError, IndexError, TypeError):
        return None
    return expression if statements == wrap(expression) and expression.get("alias") == "" else None


def check_size(raw: dict[str, Any]) -> None:
    """Raise Unreadable where the tree has too many nodes, or is too deep to walk."""
    nodes, depth, level = 0, 0, [raw]
    while level and nodes <= MAX_NODES and depth <= MAX_DEPTH:
        nodes, depth = nodes + len(level), depth + 1
        level = [child for node in level for child in _list_nodes(node)]
    if nodes > MAX_NODES or depth > MAX_DEPTH:
        message = f"the SQL has more than {MAX_NODES} parts, or more than {MAX_DEPTH} inside one another"
        raise Unreadable(Fault("sql-too-large", message, None, "split it into several rules"))


def _list_nodes(raw: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    rest = list(raw.values())
    while rest:
        value = rest.pop()
        if isinstance(value, dict) and "class" in value:
            found.append(value)
        elif isinstance(value, (dict, list)):
            rest += value.values() if isinstance(value, dict) else value
    return found


class Reader:
    """Reads one tree; `faults` are what it had to refuse."""

    def __init__(self, text: str, *, engine: bool = False) -> None:
        self.bytes = text.encode()
        self.allowed = FUNCTIONS.keys() | _ENGINE if engine else FUNCTIONS.keys()
        self.types = {**_TYPES, "HUGEINT": "HUGEINT"} if engine else _TYPES
        self.faults: list[Fault] = []

    def read(self, raw: dict[str, Any]) -> Node:
        """Return the node and all below it; what is refused is a node `?`."""
        class_ = raw.get("class")
        at = self.find(raw)
        if class_ not in _KEYS:
            return self.refuse(
                f"{_NAMES.get(str(class_), f'`{class_}`')} is not allowed", at, "write one expression over columns"
            )
        if raw.get("type") not in TYPES_OF[class_] or set(raw) != _KEYS[class_] | _EVERYWHERE or raw["alias"]:
            return self.refuse(f"`{raw.get('type')}` is not allowed in this form", at)
        op = raw["type"]
        match class_:
            case "COLUMN_REF" if len(raw["column_names"]) == 1:
                return Node(op, text=raw["column_names"][0], at=at)
            case "CONSTANT":
                return self.read_constant(raw["literal"], at)
            case "COMPARISON":
                return Node(op, self.read_all([raw["left"], raw["right"]]), at=at)
            case "CONJUNCTION" | "OPERATOR":
                return Node(op, self.read_all(raw["children"]), at=at)
            case "BETWEEN":
                return Node(op, self.read_all([raw["input"], raw["lower"], raw["upper"]]), at=at)
            case "CASE" if all(set(check) == {"when_expr", "then_expr"} for check in raw["case_checks"]):
                parts = [part for check in raw["case_checks"] for part in (check["when_expr"], check["then_expr"])]
                return Node(op, self.read_all([*parts, raw["else_expr"]]), at=at)
            case "CAST":
                return self.read_cast(raw, at)
            case "FUNCTION":
                return self.read_function(raw, at)
        return self.refuse("a column is written by its own name alone", at)

    def read_all(self, raws: list[dict[str, Any]]) -> tuple[Node, ...]:
        return tuple(self.read(raw) for raw in raws)

    def read_constant(self, literal: dict[str, Any], at: Span | None) -> Node:
        if set(literal) != {"kind", "text"} or literal["kind"] not in LITERALS:
            return self.refuse("a constant of this kind is not allowed", at, "write a number, a 'text', true or null")
        kind, text = literal["kind"], literal["text"]
        # Beyond 18 digits DuckDB changes to types whose sums and comparisons can overflow.
        if kind in ("INTEGER", "NUMERIC") and not abs(float(text)) < 1e18:
            return self.refuse("the number is too large", at, "at most 18 digits are read")
        return Node(kind, text=text, at=at)

    def read_cast(self, raw: dict[str, Any], at: Span | None) -> Node:
        type_ = raw["type_expr"]
        name = str(type_.get("type_name"))
        bare = {**type_, "query_location": NOWHERE, "query_location_length": 0}
        if raw["try_cast"] or bare != write_type(name) or name.upper() not in self.types:
            return self.refuse(
                f"a cast to `{name}` is not allowed",
                self.find(type_) or at,
                "the types are DOUBLE, BIGINT, BOOLEAN and, for constants, TIMESTAMP",
            )
        return Node("OPERATOR_CAST", (self.read(raw["child"]),), text=self.types[name.upper()], at=at)

    def read_function(self, raw: dict[str, Any], at: Span | None) -> Node:
        name = str(raw["function_name"]).lower()
        args = self.read_all([argument.get("expression", {}) for argument in raw["arguments"]])
        filter_ = None if raw["filter"] is None else self.read(raw["filter"])
        at = self.shorten(at, name)
        if name not in self.allowed:
            help_ = INSTEAD.get(name) or did_you_mean(name, (key for key in FUNCTIONS if key.islower()))
            return self.refuse(f"the function `{name}` is not allowed", at, help_ or _LISTED)
        path, plain = {"path": [raw["function_name"]]}, {"type": "ORDER_MODIFIER", "orders": []}
        named = [a for a in raw["arguments"] if set(a) != {"name", "expression"} or a["name"]]
        unusual = raw["schema"] or raw["catalog"] or raw["export_state"] or named
        if unusual or raw["qualified_name"] != path or raw["order_bys"] != plain:
            return self.refuse(f"`{name}` is not allowed in this form", at, "leave out ORDER BY, names and schemas")
        if (filter_ is not None and name not in AGGREGATES) or (raw["distinct"] and not FUNCTIONS[name].distinct):
            word = "DISTINCT" if raw["distinct"] else "FILTER"
            return self.refuse(f"`{name}` takes no {word}", at, f"leave out {word}")
        return Node(name, args, filter=filter_, distinct=raw["distinct"], at=at)

    def refuse(self, message: str, at: Span | None, help_: str | None = None) -> Node:
        """Note a fault; the node is read on as unknown, so that what is wrong elsewhere is told as well."""
        self.faults.append(Fault("sql-forbidden", message, at, help_))
        return Node("?", at=at)

    def find(self, raw: dict[str, Any]) -> Span | None:
        """Return where a node stands in the text. DuckDB counts bytes, and says nothing for nodes it made up."""
        start, length = raw.get("query_location", NOWHERE), raw.get("query_location_length", 0)
        if start == NOWHERE or not length:
            return None
        before, word = self.bytes[: start - _PREFIX], self.bytes[start - _PREFIX : start - _PREFIX + length]
        return len(before.decode(errors="ignore")), len(word.decode(errors="ignore"))

    def shorten(self, at: Span | None, name: str) -> Span | None:
        """Return the place of the function's name alone, where the call begins with it."""
        if at is None:
            return None
        written = "count" if name == "count_star" else name
        text = self.bytes.decode()[at[0] :]
        return (at[0], len(written)) if text.lower().startswith(written) else at
