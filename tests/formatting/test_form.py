"""The canonical form, written by hand: what is changed, and what is left to the author."""

from __future__ import annotations

from pathlib import Path

import pytest

from prism_rules.formatting import format_source, printing
from prism_rules.source import parse

ROOT = Path(__file__).parents[2]


def write(text: str) -> str:
    return format_source(parse(text.encode(), "a.yaml"))


RULESET = "apiVersion: prism-rules/v1\nkind: Ruleset\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("a:\n    b:\n        - 1\n", "a:\n  b:\n    - 1\n", id="indentation is two"),
        pytest.param("a:\n- 1\n- b: 2\n  c: 3\n", "a:\n  - 1\n  - b: 2\n    c: 3\n", id="lists are indented"),
        pytest.param("a:\n  -\n    b: 1\n  - - 1\n    - 2\n", "a:\n  - b: 1\n  - - 1\n    - 2\n", id="dashes lead"),
        pytest.param("{a: 1, b: [ 1,2 ]}\n", "a: 1\nb: [1, 2]\n", id="the root has lines"),
        pytest.param("{ }", "{}\n", id="nothing"),
        pytest.param("a:    1   \nb: {c: 1 , d:   2}", "a: 1\nb: {c: 1, d: 2}\n", id="spaces"),
        pytest.param("? a\n: 1\n", "a: 1\n", id="question marks"),
        pytest.param("---\na: 1\n...\n", "a: 1\n", id="marks of documents"),
        pytest.param("a: [x: 1, z z]\n", "a: [{x: 1}, z z]\n", id="braces are written"),
        pytest.param("a: {}\nb: [ ]\n", "a: {}\nb: []\n", id="empty collections"),
        # Quotes.
        pytest.param("'a': 'word'\n\"b\": \"edge-chip\"\n", "a: word\nb: edge-chip\n", id="a word needs no quotes"),
        pytest.param('a: "two words"\nb: "1.3.0"\n', 'a: "two words"\nb: "1.3.0"\n', id="other quotes stay"),
        pytest.param("a: 'two words'\nb: 'it''s'\n", 'a: "two words"\nb: "it\'s"\n', id="quotes are double"),
        pytest.param("a: 'say \"so\"'\nb: 'C:\\d'\n", "a: 'say \"so\"'\nb: 'C:\\d'\n", id="unless that needs escapes"),
        pytest.param('a: "no"\n"no": "1"\nb: "@x"\n', 'a: "no"\n"no": "1"\nb: "@x"\n', id="quotes that are needed"),
        pytest.param("a: 0.80\nb: 1e3\n", "a: 0.80\nb: 1e3\n", id="numbers stay"),
        # Texts.
        pytest.param(
            "a:\n    b: |-\n        one\n          two\n\n    c: >\n     x\n\n     y\n",
            "a:\n  b: |-\n    one\n      two\n\n  c: >\n    x\n\n    y\n",
            id="blocks of text are moved",
        ),
        pytest.param("a: |2\n   one\n  two\n", "a: |2\n   one\n  two\n", id="a text that begins with spaces"),
        pytest.param("a: |", 'a: ""\n', id="a text of nothing"),
        pytest.param("a: |\n  one", "a: |-\n  one\n", id="a text without a line end"),
        pytest.param("a: |+\n  one\n\n\nb: 1\n", "a: |+\n  one\n\n\nb: 1\n", id="kept line ends"),
        pytest.param("a:\n   one\n   two\nb: 'x\n  y'\n", "a: one\n  two\n\nb: 'x\n  y'\n", id="the author's lines"),
        # Brackets.
        pytest.param("a: [1,\n  2,\n]\n", "a: [1, 2]\n", id="what fits is one line"),
        pytest.param(
            f"a: {{b: {'x' * 60}, c: {'y' * 60}}}\n",
            f"a:\n  b: {'x' * 60}\n  c: {'y' * 60}\n",
            id="what does not, lines",
        ),
        pytest.param(
            f"a: [{{b: [1], c: {'x' * 100}}}, {{b: 2}}]\n",
            f"a:\n  - {{b: [1], c: {'x' * 100}}}\n  - {{b: 2}}\n",
            id="each as far as it fits",
        ),
        pytest.param(
            "a: [\n  1, # one\n  # two\n  2\n]\n", "a:\n  - 1  # one\n  # two\n  - 2\n", id="a comment inside"
        ),
        # Comments.
        pytest.param("a: 1 # x\nb: 1    # y\n", "a: 1  # x\nb: 1    # y\n", id="two spaces, or the author's column"),
        pytest.param("a: {b:   1}    # y\n", "a: {b: 1}      # y\n", id="a column stays where it was"),
        pytest.param("a:  # x\n  1\n", "a: 1  # x\n", id="a comment moves up"),
        pytest.param("a: # x\n  1 # y\n", "# x\na: 1  # y\n", id="two comments of one line"),
        pytest.param("a:\n  # x\n  - 1\n", "a:\n  # x\n  - 1\n", id="a comment above an item"),
        pytest.param("a:\n  - # x\n    b: 1\n", "a:\n  # x\n  - b: 1\n", id="a comment behind a dash"),
        pytest.param(
            f"a:\n  - {{b: {'x' * 60}, c: {'y' * 60}}}  # x\n  - 1\n",
            f"a:\n  # x\n  - b: {'x' * 60}\n    c: {'y' * 60}\n  - 1\n",
            id="a comment behind brackets that get lines",
        ),
        pytest.param(
            RULESET + "rules:\n  a:\n    metric: m\n      # why m\n    # of p\n    source: p\n",
            RULESET + "\nrules:\n  a:\n    # of p\n    source: p\n    metric: m\n      # why m\n",
            id="further in, it is of what is above",
        ),
        pytest.param(
            RULESET + "rules:\n  a:\n    fail: {below: 1}\n     # agreed\n    title: t\n",
            RULESET + "\nrules:\n  a:\n    title: t\n    fail: {below: 1}\n      # agreed\n",
            id="below brackets, too",
        ),
        pytest.param(
            RULESET
            + "metadata:\n  version: z   # x\n               # y\n               # of z\n      # and\n  name: x\n",
            RULESET
            + "metadata:\n  name: x\n  version: z   # x\n               # y\n               # of z\n    # and\n",
            id="a comment of several lines beside",
        ),
        pytest.param("a:\n    - 1 # x\n      # y\n    - 2\n", "a:\n  - 1  # x\n    # y\n  - 2\n", id="under an item"),
        pytest.param("a: |\n    x\n  # y\nb: 1\n", "# y\na: |\n  x\n\nb: 1\n", id="a text has nothing under it"),
        pytest.param(
            "a: [\n  1  # x\n  ] # y\n    # z\nb: 1\n", "a:  # y\n  - 1  # x\n  # z\n\nb: 1\n", id="under brackets"
        ),
        pytest.param(
            "a:\n    b: 1\n    # in a\n # of c\nc: 1\n", "a:\n  b: 1\n  # in a\n\n# of c\nc: 1\n", id="by their columns"
        ),
        pytest.param("a: |  # x\n  one\n", "a: |  # x\n  one\n", id="a comment beside a text"),
        pytest.param("\n\n# x\n\n\n# y\na: 1\n# z\n\n", "# x\n\n# y\na: 1\n# z\n", id="first and last lines"),
        pytest.param("? a\n: 1\n # x\n", "a: 1\n# x\n", id="a comment behind all, less far in"),
        # Columns of values.
        pytest.param("a:   {b: 1}\nbcde: {b: 1}\nbc:    1\n", "a: {b: 1}\nbcde: {b: 1}\nbc: 1\n", id="no column"),
        pytest.param(
            "r:\n  dent:  {risk: low}\n  burr:  {risk: high}\n  scratch: {risk: low}\n",
            "r:\n  dent:    {risk: low}\n  burr:    {risk: high}\n  scratch: {risk: low}\n",
            id="a column is set again",
        ),
        pytest.param("a: 1\nb:  2\n\nc:  3\nd:  4\n", "a: 1\nb: 2\n\nc: 3\nd: 4\n", id="a column has a reason"),
        # Order and blank lines.
        pytest.param(
            "kind: Ruleset\n# of the version\napiVersion: prism-rules/v1\n",
            "# of the version\napiVersion: prism-rules/v1\nkind: Ruleset\n",
            id="sections have an order",
        ),
        pytest.param(
            "# yaml-language-server: $schema=x\nkind: Ruleset\napiVersion: prism-rules/v1\n",
            "# yaml-language-server: $schema=x\napiVersion: prism-rules/v1\nkind: Ruleset\n",
            id="the modeline is first",
        ),
        pytest.param(
            "# All rights reserved.\n\nkind: Ruleset\napiVersion: prism-rules/v1\n",
            "# All rights reserved.\n\napiVersion: prism-rules/v1\nkind: Ruleset\n",
            id="and what speaks of the file",
        ),
        pytest.param(
            RULESET + "rules:\n  b: {metric: sql, source: x, unknwon: 1}\n  a: {fail: {above: 1}, status: stable}\n",
            RULESET + "\nrules:\n  b: {source: x, metric: sql, unknwon: 1}\n  a: {status: stable, fail: {above: 1}}\n",
            id="keys have an order, names have not",
        ),
        pytest.param(
            RULESET + "causes:\n  c:\n    when: {none: [a], all: [{status: fail, rule: x}, {any: [z]}]}\n",
            RULESET + "\ncauses:\n  c:\n    when: {all: [{rule: x, status: fail}, {any: [z]}], none: [a]}\n",
            id="keys have an order far inside",
        ),
        pytest.param(
            RULESET + "metadata:\n\n  name: x\n\n\n  version: z\ndefaults: {}\nclasses:\n  a: {}\n  b: {}\n",
            RULESET + "metadata:\n  name: x\n\n  version: z\n\nclasses:\n  a: {}\n  b: {}\n\ndefaults: {}\n",
            id="sections stand apart",
        ),
        pytest.param(
            RULESET + "rules:\n  a:\n    by: [x]\n  # of b\n  b: {}\n  c: {}\n  d:\n    by: [z]\n",
            RULESET + "\nrules:\n  a:\n    by: [x]\n\n  # of b\n  b: {}\n  c: {}\n\n  d:\n    by: [z]\n",
            id="entries of several lines stand apart",
        ),
        pytest.param(
            "apiVersion: prism-rules/v1\nkind: Project\nruleset: a.yaml\ndata:\n  x: z\nout: plans\n",
            "apiVersion: prism-rules/v1\nkind: Project\nruleset: a.yaml\ndata:\n  x: z\nout: plans\n",
            id="a project is left dense",
        ),
        pytest.param(
            "kind: RulesetTest\ntests:\n  - as_of: 2026-03-01\n    name: x\n  - name: z\n    as_of: 2026-03-01\n",
            "kind: RulesetTest\n\ntests:\n  - name: x\n    as_of: 2026-03-01\n\n  - name: z\n    as_of: 2026-03-01\n",
            id="tests stand apart",
        ),
    ],
)
def test_the_form(before: str, after: str) -> None:
    assert write(before) == after
    assert write(after) == after


def test_a_bug_of_ours_changes_no_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("a: 2  # x\n", "a: 1\n"):
        monkeypatch.setattr(printing.Printer, "print_file", lambda _, text=wrong: text)
        with pytest.raises(RuntimeError, match="would not say the same"):
            write("a: 1  # x\n")
