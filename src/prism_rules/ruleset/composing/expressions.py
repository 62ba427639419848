"""Columns that SQL of a parent names and its source does not have, found without a parser of SQL.

What stands in SQL here is one expression of few words, so that whatever is no such word, no text and no function is a
column. Where that is wrong, the gate refuses the expression in any case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prism_rules.diagnostics import Problem, Spot
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.expressions import list_expressions
from prism_rules.ruleset.grain import list_columns

_TOKEN = re.compile(
    r"""'(?:[^']|'')*'|"(?P<quoted>[^"]+)"|(?P<word>[A-Za-z_]\w*)(?P<call>\s*\()?|[0-9][\w.]*|(?P<mark>::|\S)"""
)
_WORDS = frozenset(
    {
        *(
            "all",
            "and",
            "any",
            "as",
            "between",
            "bool",
            "boolean",
            "bigint",
            "case",
            "cast",
            "current_date",
            "current_timestamp",
            "date",
            "distinct",
            "double",
        ),
        *("else", "end", "escape", "false", "filter", "float8", "from", "ilike", "in", "int", "int8", "integer", "is"),
        *("isnull", "like", "not", "notnull", "null", "or", "precision", "similar", "symmetric", "then", "timestamp"),
        *("to", "true", "unknown", "when", "where"),
    }
)

_TYPED = ("as", "::")
"""What the name of a type follows."""


def find_missing_columns(draft: Draft) -> Iterator[Problem]:
    """Find what `where` and `metric: sql` name and their sources do not have."""
    for route, source, _, text in list_expressions(draft.model):
        if source not in draft.model.sources:
            continue
        columns = list_columns(draft.model, source)
        for name in list_names(text):
            if name not in columns:
                yield Problem("unknown-column", f"`{source}` has no column `{name}`", (Spot(route),))


def list_names(text: str) -> list[str]:
    """List what an expression names, in its order; nothing of one that no expression of few words can be."""
    found: dict[str, None] = {}
    before = ""
    ended = False  # an operand, which another one cannot follow: `interval '1 day'`, `site collate nocase`
    for match in _TOKEN.finditer(text):
        word = (match["word"] or "").lower()
        if match["mark"] or word in _WORDS:
            ended = match["mark"] == ")"
        elif ended:
            return []
        else:
            name = match["quoted"] or match["word"]
            if name and not match["call"] and before not in _TYPED:
                found[name] = None
            ended = not match["call"]
        before = word or match[0]
    return list(found)
