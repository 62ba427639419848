"""The walk over a template's syntax tree, and what it reports.

What has no method is refused, so that a new construct of Jinja is shut out until someone lets it in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.templating.limits import Limits
from prism_rules.templating.places import find_word
from prism_rules.templating.shapes import Kind, Leaf, Shape
from prism_rules.templating.wording import ALLOWED, FORBIDDEN

if TYPE_CHECKING:
    from jinja2 import nodes

DEPTH = 32
MOST = 100
"""Problems of one template that are told; a file of nothing else would take long to tell."""


class Walk:
    """One walk over one template; `problems` and `names` are its outcome."""

    def __init__(self, text: str, shape: Shape, route: Route, limits: Limits) -> None:
        self.text, self.shape, self.route, self.limits = text, dict(shape), route, limits
        self.problems: list[Problem] = []
        self.names: set[str] = set()
        self.roots = {name: name for name in shape}
        self.paths: dict[int, str] = {}
        self.asked: set[int] = set()
        self.depth = 0
        self.loops = 0

    def check(self, node: nodes.Node) -> Kind:
        """Give an expression's kind (a statement has none: ANY), reporting what it may not be."""
        if len(self.problems) == MOST:
            return Leaf.ANY
        known: Callable[[nodes.Node], Kind] | None = getattr(self, f"check_{type(node).__name__}", None)
        if known is None:
            what, sign, instead = FORBIDDEN.get(type(node).__name__, (f"`{type(node).__name__}`", "", ALLOWED))
            return self.refuse(node, f"templates have no {what}", sign, instead)
        if self.depth == DEPTH:
            return self.refuse_depth(node)
        self.depth += 1
        kind = known(node)
        self.depth -= 1
        return kind

    def refuse_depth(self, node: nodes.Node) -> Kind:
        return self.refuse(node, f"the template is nested more than {DEPTH} deep", "", "split it, or say less")

    def is_excused(self, kind: Kind) -> bool:
        """True when the kind is open because its expression was refused: that is said once."""
        return kind is Leaf.ANY and bool(self.problems)

    def refuse(self, node: nodes.Node, message: str, sign: str, instead: str) -> Kind:
        """Report what a template may not do; gives ANY, so that nothing is reported twice."""
        return self.report("template-forbidden", message, find_word(self.text, node.lineno, sign), instead)

    def report(self, code: str, message: str, within: tuple[int, int], instead: str) -> Leaf:
        problem = Problem(code, message, (Spot(self.route, within=within),), instead)
        if problem not in self.problems and len(self.problems) < MOST:
            self.problems.append(problem)
        return Leaf.ANY
