"""Expressions in a template: constants, filters, comparisons and what joins them, each with its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prism_rules.templating.filters import FILTERS
from prism_rules.templating.names import Names
from prism_rules.templating.shapes import Kind, Leaf, Many, describe_kind, join_kinds
from prism_rules.templating.wording import ALLOWED, FORBIDDEN, suggest_name

if TYPE_CHECKING:
    from jinja2 import nodes

CONSTANT = 200
LARGEST = 10**15
DIGITS = 6

_ORDERED = {"lt", "lteq", "gt", "gteq"}


class Expressions(Names):
    """Checks expressions."""

    def check_value(self, node: nodes.Node, refusal: str) -> Kind:
        """Check an expression that must be one value."""
        kind = self.check(node)
        if isinstance(kind, Leaf):
            return kind
        instead = (
            f"name one of its parts: {', '.join(kind)}"
            if isinstance(kind, Mapping)
            else "loop over it, or use `| join(', ')`, `| first` or `| length`"
        )
        return self.refuse(node, f"{describe_kind(kind)} {refusal}", _name_root(node), instead)

    def check_Const(self, node: nodes.Const) -> Kind:
        if isinstance(node.value, str):
            if len(node.value) > CONSTANT:
                return self.refuse(
                    node, f"a text inside a tag has more than {CONSTANT} characters", "", "write it outside the tag"
                )
            if not node.value.replace("\n", " ").isprintable():
                return self.refuse(node, "a text inside a tag holds control characters", "", "write plain characters")
            return Leaf.TEXT
        if isinstance(node.value, bool):
            return Leaf.FLAG
        if node.value is None:
            return Leaf.ANY
        if not abs(node.value) <= LARGEST:
            return self.refuse(node, f"a number is beyond {LARGEST:,}", "", "write a smaller number")
        return Leaf.NUMBER

    def check_Neg(self, node: nodes.Neg) -> Kind:
        if type(node.node).__name__ != "Const" or self.check(node.node) is not Leaf.NUMBER:
            what, sign, instead = FORBIDDEN["Neg"]
            return self.refuse(node, f"templates have no {what}", sign, instead)
        return Leaf.NUMBER

    def check_Filter(self, node: nodes.Filter) -> Kind:
        taken = FILTERS.get(node.name)
        if taken is None:
            instead = suggest_name(node.name, list(FILTERS), "filters")
            return self.refuse(node, f"there is no filter `{node.name}`", node.name, instead)
        if node.node is None:
            return self.refuse(node, "templates have no filter blocks", "filter", "put the filter on each value")
        kind = self.check(node.node)
        if node.kwargs or node.dyn_args or node.dyn_kwargs or not self.check_arguments(node, taken.argument):
            wanted = {
                "none": "no argument",
                "value": "one value",
                "separator": "at most one text, such as `', '`",
                "digits": f"at most one whole number from 0 to {DIGITS}",
            }[taken.argument]
            return self.refuse(node, f"the filter `{node.name}` takes {wanted}", node.name, ALLOWED)
        if self.is_excused(kind):
            return kind
        if not taken.takes(kind):
            message = f"the filter `{node.name}` is for {taken.wants}, and this is {describe_kind(kind)}"
            return self.refuse(node, message, node.name, "leave the filter out, or name another value")
        if node.name in ("first", "sort"):
            self.paths[id(node)] = self.paths.get(id(node.node), "")
        return taken.gives(kind)

    def check_arguments(self, node: nodes.Filter, argument: str) -> bool:
        if argument == "value":
            return len(node.args) == 1 and isinstance(self.check(node.args[0]), Leaf)
        if argument == "none" or len(node.args) > 1:
            return not node.args
        for given in node.args:
            value = given.value if type(given).__name__ == "Const" else None  # type: ignore[attr-defined]
            fits = isinstance(value, str) if argument == "separator" else type(value) is int and 0 <= value <= DIGITS
            if not fits or self.check(given) is Leaf.ANY:
                return False
        return True

    def check_CondExpr(self, node: nodes.CondExpr) -> Kind:
        self.ask(node.test)
        kinds = [self.check(node.expr1), *([self.check(node.expr2)] if node.expr2 is not None else [])]
        return self.join(node, kinds)

    def check_And(self, node: nodes.BinExpr) -> Kind:
        if id(node) not in self.asked:
            return self.join(node, [self.check(node.left), self.check(node.right)])
        self.ask(node.left)
        self.ask(node.right)
        return Leaf.FLAG

    check_Or = check_And

    def check_Not(self, node: nodes.Not) -> Kind:
        self.ask(node.node)
        return Leaf.FLAG

    def ask(self, node: nodes.Node) -> None:
        """Check an expression of which only the truth matters: `tags and urgent` may mix kinds."""
        self.asked.add(id(node))
        self.check(node)

    def check_Concat(self, node: nodes.Concat) -> Kind:
        for operand in node.nodes:
            self.check_value(operand, "cannot be joined to a text")
        return Leaf.TEXT

    def check_Compare(self, node: nodes.Compare) -> Kind:
        left = self.check_value(node.expr, "cannot be compared")
        for operand in node.ops:
            if operand.op in ("in", "notin"):
                right = self.check(operand.expr)
                if right not in (Leaf.TEXT, Leaf.ANY) and not (isinstance(right, Many) and isinstance(right.of, Leaf)):
                    self.refuse(
                        node,
                        f"`in` asks a text or a list of values, and this is {describe_kind(right)}",
                        "in",
                        "name a list of values",
                    )
                continue
            right = self.check_value(operand.expr, "cannot be compared")
            pair = {Leaf.TEXT if side is Leaf.TIME else side for side in (left, right)} - {Leaf.ANY}
            if operand.op in _ORDERED and (len(pair) > 1 or Leaf.FLAG in pair):
                self.refuse(
                    node,
                    f"{describe_kind(left)} is not above or below {describe_kind(right)}",
                    "",
                    "compare a number with a number, a text with a text",
                )
            left = right
        return Leaf.FLAG

    def join(self, node: nodes.Node, kinds: list[Kind]) -> Kind:
        one, other = kinds[0], kinds[-1]
        joined = join_kinds(one, other)
        return (
            joined
            if joined is not None
            else self.refuse(
                node,
                f"{describe_kind(one)} or else {describe_kind(other)} has no one meaning",
                "",
                "write `{% if ... %}`",
            )
        )


def _name_root(node: nodes.Node) -> str:
    while type(node).__name__ in ("Getattr", "Getitem", "Filter"):
        node = node.node  # type: ignore[attr-defined]
    return str(getattr(node, "name", ""))
