"""Random documents as people write them: block and flow, quotes of each kind, comments and blank lines anywhere."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from hypothesis import strategies as st

KEYS = ["a", "b", "rules", "class-agreement", "fail", "a key", "no", "1", "x: y", "é"]
WORDS = ["plain", "two words", "yes", "0.80", "it's", 'say "so"', "a: b", "- x", "# no", "", "{{ scope.class }}", "é",
         "a, b", "null", "\u200b", "tab\there", " edge ", "end:", "@org/x", "count(*) > 1", "2026-04-30"]  # fmt: skip
LINES = ["one\ntwo\n", "one\n\n  two", "- a\n- b\n", "x\n\n\ny\n", "# not a comment\n", "ends\n\n"]
scalars = st.one_of(
    st.sampled_from(WORDS),
    st.integers(-10, 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(scalars, st.sampled_from(LINES)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)


class _Writer:
    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.numbers = count(1)

    def chance(self, of: int = 3) -> bool:
        return self.draw(st.integers(1, of)) == of

    def comment(self) -> str:
        return f"# c{next(self.numbers)}"

    def beside(self) -> str:
        return self.draw(st.sampled_from([" ", "  ", "      "])) + self.comment() if self.chance() else ""

    def scalar(self) -> str:
        value = self.draw(scalars)
        if not isinstance(value, str):
            return json.dumps(value)
        plain = (
            value and value.isascii() and value.replace(" ", "").replace("/", "").isalpha() and value == value.strip()
        )
        style = self.draw(st.sampled_from(["plain", "'", '"']))
        if style == "plain" and plain and value not in ("null", "yes"):
            return value
        if style == "'" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value)

    def key(self, key: str) -> str:
        return json.dumps(key) if key in ("no", "1", "x: y") or self.chance(5) else key

    def keys(self) -> list[str]:
        return self.draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True))

    def flow(self, depth: int, column: int) -> str:
        kind = self.draw(st.sampled_from(["scalar", "scalar", "map", "list"] if depth else ["scalar"]))
        if kind == "scalar":
            return self.scalar()
        if self.chance(5):
            return "{}" if kind == "map" else "[]"
        if kind == "map":
            items = [f"{self.key(key)}: {self.flow(depth - 1, column + 2)}" for key in self.keys()]
        else:
            items = [self.flow(depth - 1, column + 2) for _ in self.keys()]
        text = items[0]
        for item in items[1:]:
            breaks = self.chance(4)
            text += "," + (self.beside() + "\n" + " " * (column + 2) if breaks else " ") + item
        text += "," if self.chance(6) else ""
        return "{" + text + "}" if kind == "map" else "[" + text + "]"

    def gap(self, column: int) -> list[str]:
        pad = " " * column
        kinds = ["", "", "", " ", "#", " #", "# ", "##", "  #", "#  #"]
        return [pad + self.comment() if kind == "#" else "" for kind in self.draw(st.sampled_from(kinds))]

    def block(self, depth: int, column: int, kind: str) -> list[str]:
        """The lines of a collection whose entries begin at `column`."""
        lines: list[str] = []
        for number, key in enumerate(self.keys()):
            lines += self.gap(column) if number or column else []
            lead = f"{self.key(key)}:" if kind == "map" else "-"
            lines += self.entry(lead, depth, column, kind)
        if self.chance(4):
            lines += [" " * column + self.comment()]
        return lines

    def entry(self, lead: str, depth: int, column: int, kind: str) -> list[str]:
        pad = " " * column
        inner = self.draw(st.sampled_from(["flow", "flow", "lines", "map", "list"] if depth else ["flow", "lines"]))
        if inner == "flow":
            return (f"{pad}{lead} {self.flow(2, column)}{self.beside()}").split("\n")
        if inner == "lines":
            value = self.draw(st.sampled_from(LINES))
            ends = {0: "-", 1: ""}.get(len(value) - len(value.rstrip("\n")), "+")
            head = f"{pad}{lead} {self.draw(st.sampled_from('|>'))}{ends}{self.beside()}"
            body = value.removesuffix("\n") if ends == "+" else value.rstrip("\n")
            return [head, *(f"{pad}  {line}" if line else "" for line in body.split("\n"))]
        beneath = column + (0 if inner == "list" and kind == "map" and self.chance() else 2)
        below = self.block(depth - 1, beneath, inner)
        if lead == "-" and self.chance(2) and below[0].strip() and not below[0].lstrip().startswith("#"):
            return [f"{pad}- {below[0][beneath:]}", *below[1:]]
        return [f"{pad}{lead}{self.beside()}", *below]


@st.composite
def documents(draw: st.DrawFn) -> str:
    """The text of a mapping, with every comment as `# c` and a number of its own."""
    writer = _Writer(draw)
    head = ["# yaml-language-server: $schema=x", ""] if writer.chance() else []
    return "\n".join([*head, *writer.block(3, 0, "map")]) + "\n"
