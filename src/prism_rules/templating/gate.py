"""Decide a template on its syntax tree, before anything of it runs.

What has no method here is refused, so that a new construct of Jinja is shut out until someone lets it in. The walk
gives each expression its kind: names and paths are checked in branches that no data ever takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.templating.filters import FILTERS
from prism_rules.templating.places import find_path, find_word
from prism_rules.templating.shapes import Kind, Leaf, Many, Shape, describe_kind, join_kinds, list_paths
from prism_rules.templating.wording import ALLOWED, FORBIDDEN, suggest_name

if TYPE_CHECKING:
    from jinja2 import nodes

DEPTH = 32
CONSTANT = 200
LARGEST = 10**15
DIGITS = 6

_LOOP: Shape = {"index": Leaf.NUMBER, "first": Leaf.FLAG, "last": Leaf.FLAG}
_ORDERED = {"lt", "lteq", "gt", "gteq"}


class _Path(NamedTuple):
    kind: Kind
    path: str
    written: tuple[str, ...]


class Gate:
    """One walk over one template; `problems` and `names` are its outcome."""

    def __init__(self, text: str, shape: Shape, route: Route) -> None:
        self.text, self.shape, self.route = text, dict(shape), route
        self.problems: list[Problem] = []
        self.names: set[str] = set()
        self.roots = {name: name for name in shape}
        self.paths: dict[int, str] = {}
        self.asked: set[int] = set()
        self.depth = 0
        self.looping = False

    def check_body(self, body: Sequence[nodes.Node]) -> None:
        """Check statements."""
        for node in body:
            self.check(node)

    def check(self, node: nodes.Node) -> Kind:
        """Give an expression's kind (a statement has none: ANY), reporting what it may not be."""
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

    def check_Output(self, node: nodes.Output) -> Kind:
        for child in node.nodes:
            if type(child).__name__ != "TemplateData":
                self.check_value(child, "cannot be written out")
        return Leaf.ANY

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

    def check_If(self, node: nodes.If) -> Kind:
        for branch in (node, *node.elif_):
            self.ask(branch.test)
            self.check_body(branch.body)
        self.check_body(node.else_)
        return Leaf.ANY

    def check_For(self, node: nodes.For) -> Kind:
        if self.looping:
            return self.refuse(node, "a loop stands inside a loop", "for", "loop over one list at a time")
        if node.recursive:
            return self.refuse(node, "templates have no recursive loops", "recursive", "leave the word out")
        if node.test is not None:
            return self.refuse(node, "templates have no `if` in a `for`", "if", "write `{% if ... %}` inside the loop")
        name = getattr(node.target, "name", "loop")
        if name == "loop":
            return self.refuse(node, "a loop names one item", "for", "write `{% for item in ... %}` and `item.key`")
        kind = self.check(node.iter)
        if not isinstance(kind, Many):
            if not self.is_excused(kind):
                self.refuse(node, f"a loop goes over a list, and this is {describe_kind(kind)}", "in", "name a list")
            return Leaf.ANY
        self.check_body(node.else_)
        shape, roots, self.looping = self.shape, self.roots, True
        self.shape = {**shape, name: kind.of, "loop": _LOOP}
        self.roots = {**roots, name: self.paths.get(id(node.iter), ""), "loop": ""}
        self.check_body(node.body)
        self.shape, self.roots, self.looping = shape, roots, False
        return Leaf.ANY

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

    def check_path(self, node: nodes.Node) -> Kind:
        """Check a whole path and note it."""
        found = self.resolve(node)
        if found is None:
            return Leaf.ANY
        if found.path:
            self.names.add(found.path)
            self.paths[id(node)] = found.path
        return found.kind

    check_Name = check_Getattr = check_Getitem = check_path

    def resolve(self, node: nodes.Node, rest: tuple[str, ...] = ()) -> _Path | None:
        """Follow a path, of which `rest` comes after this node, through the shape; None when it was refused."""
        match type(node).__name__:
            case "Name":
                name: str = node.name  # type: ignore[attr-defined]
                if name in self.shape:
                    return _Path(self.shape[name], self.roots[name], (name,))
                return self.miss(node, (name, *rest), "is not known here", list_paths(self.shape))
            case "Getattr":
                key = node.attr  # type: ignore[attr-defined]
            case "Getitem":
                key = getattr(node.arg, "value", None)  # type: ignore[attr-defined]
            case _:
                return _Path(self.check(node), self.paths.get(id(node), ""), ("",))
        if not isinstance(key, str):
            self.refuse(node, "a key in brackets is a text in quotes", "[", "write `scope.site` or `scope['site']`")
            return None
        if self.depth == DEPTH:
            self.refuse_depth(node)
            return None
        self.depth += 1
        owner = self.resolve(node.node, (key, *rest))  # type: ignore[attr-defined]
        self.depth -= 1
        return self.step(node, owner, key) if owner and not self.is_excused(owner.kind) else None

    def step(self, node: nodes.Node, owner: _Path, key: str) -> _Path | None:
        written = (*owner.written, key)
        if not isinstance(owner.kind, Mapping):
            why = f"is not known: it is a part of {describe_kind(owner.kind)}"
            return self.miss(node, written, why, list_paths(self.shape))
        if key not in owner.kind:
            nearby = [".".join((*owner.written, other)) for other in owner.kind]
            return self.miss(node, written, "is not known here", list(dict.fromkeys(nearby + list_paths(self.shape))))
        return _Path(owner.kind[key], f"{owner.path}.{key}" if owner.path else "", written)

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

    def refuse(self, node: nodes.Node, message: str, sign: str, instead: str) -> Kind:
        """Report what a template may not do; gives ANY, so that nothing is reported twice."""
        return self.report("template-forbidden", message, find_word(self.text, node.lineno, sign), instead)

    def miss(self, node: nodes.Node, written: tuple[str, ...], why: str, known: list[str]) -> _Path | None:
        """Report a name that does not exist; gives None."""
        path = ".".join(written)
        self.report(
            "template-unknown-variable",
            f"`{path}` {why}",
            find_path(self.text, node.lineno, written),
            suggest_name(path, known, "names"),
        )
        return None

    def report(self, code: str, message: str, within: tuple[int, int], instead: str) -> Leaf:
        problem = Problem(code, message, (Spot(self.route, within=within),), instead)
        if problem not in self.problems:
            self.problems.append(problem)
        return Leaf.ANY


def _name_root(node: nodes.Node) -> str:
    while type(node).__name__ in ("Getattr", "Getitem", "Filter"):
        node = node.node  # type: ignore[attr-defined]
    return str(getattr(node, "name", ""))
