"""JUnit's XML: suites of cases, as every CI reads them; of plans and of rule tests alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from prism_rules.escaping.html import defuse_markup

Kind = Literal["failure", "error", "skipped", "system-out"]


@dataclass(frozen=True, slots=True)
class Case:
    """A case, and what is told of it: nothing of one that just passes, `system-out` of one that passes and speaks."""

    name: str
    kind: Kind | None = None
    lines: Sequence[str] = field(default=())
    """The first one is the message. Services show it, the whole text, or both."""


def write_suites(suites: Mapping[str, Sequence[Case]]) -> str:
    """Write suites by name. No times: the same cases give the same bytes.

    Texts are made visible already: what XML cannot hold, such as control characters, is in none of them.
    """
    from xml.etree import ElementTree as Tree

    root = Tree.Element("testsuites", name="prism-rules")
    for name, cases in suites.items():
        kinds = [case.kind for case in cases]
        counts = {
            "tests": len(cases), "failures": kinds.count("failure"), "errors": kinds.count("error"),
            "skipped": kinds.count("skipped"),
        }  # fmt: skip
        suite = Tree.SubElement(root, "testsuite", {"name": name, **{key: str(n) for key, n in counts.items()}})
        for case in cases:
            told = Tree.SubElement(suite, "testcase", classname=name, name=case.name)
            if case.kind:
                message = {} if case.kind == "system-out" else {"message": case.lines[0]}
                Tree.SubElement(told, case.kind, message).text = "\n".join(case.lines)
    Tree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{defuse_markup(Tree.tostring(root, encoding="unicode"))}\n'
