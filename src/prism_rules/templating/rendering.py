"""Fill a vetted template: walk its syntax tree over plain data, counting steps and output.

No code is generated and nothing of Python is reachable: a node without a method here cannot be evaluated at all, an
attribute is a dictionary's key and nothing else, and the bounds are counted, so that they do not depend on the machine.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from prism_rules.templating.filters import FILTERS, Hand, Written, print_value, split_parts
from prism_rules.templating.limits import Limits

if TYPE_CHECKING:
    from jinja2 import nodes

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "in": lambda item, items: item in items,
    "notin": lambda item, items: item not in items,
}


class Overrun(Exception):
    """The template asks for more output or more steps than one may have; says which."""


class Rendering:
    """One run of one template."""

    def __init__(
        self, context: Mapping[str, Any], escapes: Mapping[Hand, Callable[[str], str]], limits: Limits
    ) -> None:
        self.values = dict(context)
        self.escapes, self.limits = escapes, limits
        self.steps, self.room = limits.steps, limits.output
        self.written: list[str] = []

    def fill(self, body: Sequence[nodes.Node]) -> None:
        """Write each node of a body; raises Overrun."""
        for node in body:
            self.spend()
            getattr(self, f"fill_{type(node).__name__}")(node)

    def fill_Output(self, node: nodes.Output) -> None:
        for child in node.nodes:
            self.spend()
            if type(child).__name__ == "TemplateData":
                self.put(child.data)  # type: ignore[attr-defined]
                continue
            for text, hand in split_parts(self.evaluate(child)):
                if len(text) > self.room:
                    raise Overrun(f"writes more than {self.limits.describe_output()}")
                self.put(text if hand == "template" or not text else self.escapes[hand](text))

    def fill_If(self, node: nodes.If) -> None:
        for branch in (node, *node.elif_):
            if self.evaluate(branch.test):
                return self.fill(branch.body)
        return self.fill(node.else_)

    def fill_For(self, node: nodes.For) -> None:
        items = self.evaluate(node.iter) or ()
        outside = self.values
        for index, item in enumerate(items, start=1):
            loop = {"index": index, "first": index == 1, "last": index == len(items)}
            self.values = {**outside, node.target.name: item, "loop": loop}  # type: ignore[attr-defined]
            self.spend(1 + len(outside))
            self.fill(node.body)
        self.values = outside
        if not items:
            self.fill(node.else_)

    def put(self, text: str) -> None:
        """Write finished text."""
        self.room -= len(text.encode("utf-8", "surrogatepass"))
        if self.room < 0:
            raise Overrun(f"writes more than {self.limits.describe_output()}")
        self.written.append(text)

    def spend(self, steps: int = 1) -> None:
        """Count work done."""
        self.steps -= steps
        if self.steps < 0:
            raise Overrun(f"takes more than {self.limits.steps:,} steps")

    def evaluate(self, node: nodes.Node) -> Any:
        """Give an expression's value, paying for a text's size so that no operator can grow it unseen."""
        value = getattr(self, f"evaluate_{type(node).__name__}")(node)
        self.spend(1 + len(value) // 64 if isinstance(value, str) else 1)
        return value

    def evaluate_Const(self, node: nodes.Const) -> Any:
        return Written([(node.value, "template")]) if isinstance(node.value, str) else node.value

    def evaluate_Name(self, node: nodes.Name) -> Any:
        return self.values.get(node.name)

    def evaluate_Getattr(self, node: nodes.Getattr) -> Any:
        return _look_up(self.evaluate(node.node), node.attr)

    def evaluate_Getitem(self, node: nodes.Getitem) -> Any:
        return _look_up(self.evaluate(node.node), node.arg.value)  # type: ignore[attr-defined]

    def evaluate_Filter(self, node: nodes.Filter) -> Any:
        value = self.evaluate(node.node) if node.node is not None else None
        if isinstance(value, list | tuple) and node.name in ("join", "sort"):
            self.spend(len(value))
        return FILTERS[node.name].apply(value, *(self.evaluate(argument) for argument in node.args))

    def evaluate_CondExpr(self, node: nodes.CondExpr) -> Any:
        if self.evaluate(node.test):
            return self.evaluate(node.expr1)
        return self.evaluate(node.expr2) if node.expr2 is not None else None

    def evaluate_And(self, node: nodes.And) -> Any:
        return self.evaluate(node.left) and self.evaluate(node.right)

    def evaluate_Or(self, node: nodes.Or) -> Any:
        return self.evaluate(node.left) or self.evaluate(node.right)

    def evaluate_Not(self, node: nodes.Not) -> bool:
        return not self.evaluate(node.node)

    def evaluate_Neg(self, node: nodes.Neg) -> Any:
        return -self.evaluate(node.node)

    def evaluate_Concat(self, node: nodes.Concat) -> Written:
        return Written(part for operand in node.nodes for part in split_parts(self.evaluate(operand)))

    def evaluate_Compare(self, node: nodes.Compare) -> bool:
        left = _make_comparable(self.evaluate(node.expr))
        for operand in node.ops:
            right = _make_comparable(self.evaluate(operand.expr))
            self.spend(len(right) if isinstance(right, list | tuple) else 0)
            try:
                if not _COMPARE[operand.op](left, right):
                    return False
            except TypeError:
                # Nothing is above, below or in a null.
                if operand.op != "notin":
                    return False
            left = right
        return True


def _look_up(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _make_comparable(value: Any) -> Any:
    # Times are compared as authors write them, so that `as_of >= '2026-03-01'` is one of text with text.
    return print_value(value) if isinstance(value, date) else value
