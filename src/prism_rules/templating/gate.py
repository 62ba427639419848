"""Decide a template on its syntax tree, before anything of it runs: `Walk`, with what is let in.

The walk gives each expression its kind; this part lets in statements, `Names` and `Expressions` what stands in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prism_rules.templating.expressions import Expressions
from prism_rules.templating.shapes import Kind, Leaf, Many, Shape, describe_kind

if TYPE_CHECKING:
    from jinja2 import nodes

_LOOP: Shape = {"index": Leaf.NUMBER, "first": Leaf.FLAG, "last": Leaf.FLAG}


class Gate(Expressions):
    """The whole gate."""

    def check_body(self, body: Sequence[nodes.Node]) -> None:
        """Check statements."""
        for node in body:
            self.check(node)

    def check_Output(self, node: nodes.Output) -> Kind:
        for child in node.nodes:
            if type(child).__name__ != "TemplateData":
                self.check_value(child, "cannot be written out")
        return Leaf.ANY

    def check_If(self, node: nodes.If) -> Kind:
        for branch in (node, *node.elif_):
            self.ask(branch.test)
            self.check_body(branch.body)
        self.check_body(node.else_)
        return Leaf.ANY

    def check_For(self, node: nodes.For) -> Kind:
        name = getattr(node.target, "name", "loop")
        if self.loops == self.limits.loops:
            # The outer loops may stand in the same line.
            sign = "for" if name == "loop" else f"for {name}"
            if self.loops == 1:
                return self.refuse(node, "a loop stands inside a loop", sign, "loop over one list at a time")
            deep = f"loops stand more than {self.limits.loops} deep"
            return self.refuse(node, deep, sign, "loop over fewer lists at a time")
        if node.recursive:
            return self.refuse(node, "templates have no recursive loops", "recursive", "leave the word out")
        if node.test is not None:
            return self.refuse(node, "templates have no `if` in a `for`", "if", "write `{% if ... %}` inside the loop")
        if name == "loop":
            return self.refuse(node, "a loop names one item", "for", "write `{% for item in ... %}` and `item.key`")
        kind = self.check(node.iter)
        if not isinstance(kind, Many):
            if not self.is_excused(kind):
                self.refuse(node, f"a loop goes over a list, and this is {describe_kind(kind)}", "in", "name a list")
            return Leaf.ANY
        self.check_body(node.else_)
        shape, roots = self.shape, self.roots
        self.loops += 1
        self.shape = {**shape, name: kind.of, "loop": _LOOP}
        self.roots = {**roots, name: self.paths.get(id(node.iter), ""), "loop": ""}
        self.check_body(node.body)
        self.shape, self.roots = shape, roots
        self.loops -= 1
        return Leaf.ANY
