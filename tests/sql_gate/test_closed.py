"""The gate is closed: what nobody named is refused, and what is named is documented."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.resources import files
from typing import Any

import duckdb
import pytest

from prism_rules.sql_gate import FUNCTIONS
from prism_rules.sql_gate.functions import INSTEAD
from prism_rules.sql_gate.parser import parse
from prism_rules.sql_gate.reading import Reader, unwrap
from prism_rules.sql_gate.tree import wrap

from .table import fail_gate

RICH = (
    "case when lighting like 'a%' and not area between 1 and 2 or area in (1, 2) or coalesce(area, 1) is null "
    "then count(distinct area) filter (where overridden) else cast(area as double) + 0.5 end"
)
PAGES = files("prism_rules") / "diagnostics" / "codes"
CODES = ["sql-syntax", "sql-unknown-column", "sql-forbidden", "sql-type", "sql-too-large"]


def list_paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every mapping of a tree that names a class."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    here = [path] if isinstance(value, dict) and "class" in value else []
    return here + [found for key, item in items for found in list_paths(item, (*path, key))]


def follow(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


@pytest.mark.parametrize("path", list_paths(parse(RICH)), ids=str)
@pytest.mark.parametrize(
    "change",
    [{"novelty": None}, {"class": "NOVELTY"}, {"type": "NOVELTY"}, {"alias": "a"}, {"class": "SUBQUERY"}],
    ids=str,
)
def test_a_node_with_anything_unknown_is_refused(path: tuple[Any, ...], change: dict[str, Any]) -> None:
    tree = parse(RICH)
    follow(tree, path).update(change)
    reader = Reader(RICH)
    reader.read(tree)
    assert reader.faults


def test_the_tree_without_changes_is_read() -> None:
    reader = Reader(RICH)
    reader.read(parse(RICH))
    assert reader.faults == []


@pytest.mark.parametrize("key", sorted(wrap({})["statements"][0]["node"]))
def test_a_statement_with_any_other_clause_is_no_expression(key: str) -> None:
    statement = json.loads(json.dumps(wrap(parse("1"))))
    assert unwrap(statement) is not None
    statement["statements"][0]["node"][key] = [1, 2]
    assert unwrap(statement) is None


@pytest.mark.parametrize("change", [{"novelty": 1}, {"error": True}, {"statements": []}, {"statements": [1, 2]}])
def test_anything_but_one_statement_is_no_expression(change: dict[str, Any]) -> None:
    assert unwrap({**wrap(parse("1")), **change}) is None


def test_every_function_is_one_of_duckdb_and_an_aggregate_where_it_says_so() -> None:
    found = duckdb.connect().execute("SELECT function_name, function_type FROM duckdb_functions()").fetchall()
    types = {name: {type_ for other, type_ in found if other == name} for name, _ in found}
    for name, function in FUNCTIONS.items():
        if name != "OPERATOR_COALESCE":
            assert ("aggregate" in types[name]) is function.aggregate, name


def test_no_function_is_both_allowed_and_replaced() -> None:
    assert FUNCTIONS.keys() & INSTEAD.keys() == set()


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_its_page(code: str) -> None:
    page = (PAGES / f"{code}.md").read_text("utf-8")
    assert page.startswith(f"# {code}: ")
    assert page.index("## Example") < page.index("## Mend")
    assert 12 <= len(page.splitlines()) <= 25


def test_the_page_of_forbidden_things_names_every_allowed_function() -> None:
    words = set(re.findall(r"[a-z_]+|[-+*/%]|LIKE", (PAGES / "sql-forbidden.md").read_text("utf-8")))
    for function in FUNCTIONS.values():
        assert set(re.findall(r"^[a-z_]{2,}|LIKE| ([-+*/%]) ", function.written)) - {""} <= words, function.written


def test_duckdb_is_imported_only_when_there_is_sql() -> None:
    program = "import sys, prism_rules.sql_gate; print('duckdb' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


@pytest.mark.parametrize("rendering", ["true", "(confidence > 2)", "(area > 1)", "random() > 1", "(SELECT true)"])
def test_a_rendering_that_does_not_read_as_what_was_understood_never_runs(
    rendering: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prism_rules.sql_gate.parser.render", lambda _: rendering)
    assert [problem.code for problem in fail_gate("confidence > 1", "where")] == ["sql-forbidden"]


def test_a_result_of_another_type_than_was_understood_never_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prism_rules.sql_gate.parser.bind", lambda *_: "VARCHAR")
    assert [problem.code for problem in fail_gate("confidence > 1", "where")] == ["sql-forbidden"]
