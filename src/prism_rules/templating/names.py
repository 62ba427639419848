"""Names and paths in a template: each is followed through the shape, in branches that no data ever takes too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from prism_rules.templating.places import find_path
from prism_rules.templating.shapes import Kind, Leaf, Many, describe_kind, list_paths
from prism_rules.templating.walk import DEPTH, Walk
from prism_rules.templating.wording import suggest_name

if TYPE_CHECKING:
    from jinja2 import nodes


class _Path(NamedTuple):
    kind: Kind
    path: str
    written: tuple[str, ...]


class Names(Walk):
    """Checks names and paths."""

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

    def miss(self, node: nodes.Node, written: tuple[str, ...], why: str, known: list[str]) -> _Path | None:
        """Report a name that does not exist; gives None."""
        path, many = ".".join(written), self.shape.get(f"{written[0]}s")
        item = many.of if isinstance(many, Many) and written[0] not in self.shape else None
        looped = isinstance(item, Mapping) and len(written) > 1 and written[1] in item
        self.report(
            "template-unknown-variable",
            f"`{path}` {why}",
            find_path(self.text, node.lineno, written),
            f"write it inside `{{% for {written[0]} in {written[0]}s %}} ... {{% endfor %}}`"
            if looped
            else suggest_name(path, known, "names"),
        )
        return None
