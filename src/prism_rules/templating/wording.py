"""The words of refusals: what Jinja has and templates do not, what to write instead, and the nearest name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from prism_rules.templating.filters import FILTERS

ALLOWED = "a template may name values, use filters, `~`, comparisons, and/or/not, `if` and `for`"

MOST = 40
"""Known names that are listed; of more, only their first words are."""

FORBIDDEN: Mapping[str, tuple[str, str, str]] = {
    # class of the node: (what a template does not have, the sign to point at, what to write instead)
    "Add": ("arithmetic", "+", "join texts with `~`; let a metric compute numbers"),
    "Sub": ("arithmetic", "-", "let a metric compute numbers"),
    "Mul": ("arithmetic", "*", "let a metric compute numbers"),
    "Div": ("arithmetic", "/", "let a metric compute numbers"),
    "FloorDiv": ("arithmetic", "//", "let a metric compute numbers"),
    "Mod": ("`%`", "%", "write numbers with `| fmt(2)`, join texts with `~`"),
    "Pow": ("arithmetic", "**", "let a metric compute numbers"),
    "Neg": ("a minus before anything but a number", "-", "let a metric compute numbers"),
    "Pos": ("a plus sign", "+", "leave it out"),
    "Call": ("calls", "(", f"use one of the filters {', '.join(FILTERS)}"),
    "Test": ("tests", "is", "write `{% if scope.site %}`, which is true when the value is set"),
    "List": ("lists of its own", "[", ALLOWED),
    "Dict": ("maps of its own", "{", ALLOWED),
    "Tuple": ("lists of its own", ",", ALLOWED),
    "Slice": ("slices", ":", "use `| first`, or loop over the list"),
    "Assign": ("`set`", "set", "write the value where it is used"),
    "AssignBlock": ("`set`", "set", "write the value where it is used"),
    "With": ("`with`", "with", "write the value where it is used"),
    "Macro": ("`macro`", "macro", ALLOWED),
    "CallBlock": ("`call`", "call", ALLOWED),
    "FilterBlock": ("filter blocks", "filter", "put the filter on each value: `{{ scope.site | upper }}`"),
    "Include": ("`include`", "include", "write the text here"),
    "Import": ("`import`", "import", "write the text here"),
    "FromImport": ("`import`", "from", "write the text here"),
    "Extends": ("`extends`", "extends", "write the text here"),
    "Block": ("`block`", "block", "write the text here"),
    "Scope": ("`autoescape`", "autoescape", "data is escaped as it is filled in"),
}


def suggest_name(word: str, known: list[str], what: str) -> str:
    """Ask for the nearest known name, or list the known ones."""
    return _suggest(word, tuple(known), what)


@lru_cache(maxsize=128)
def _suggest(word: str, known: tuple[str, ...], what: str) -> str:
    from difflib import get_close_matches

    # A right last word under a wrong first one (`site`, `action.site`) is nearer than a name that looks alike.
    ends = [path for path in known if path.rpartition(".")[2] == word.rpartition(".")[2]]
    close = get_close_matches(word, ends or known, n=1, cutoff=0.0 if ends else 0.6)
    if len(known) > MOST:
        known = tuple(dict.fromkeys(name.partition(".")[0] for name in known))
    return f"did you mean `{close[0]}`?" if close else f"known {what}: {', '.join(known)}"
