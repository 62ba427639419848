"""Every code has a page, every page a code in use, and the examples of the pages do what they say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from prism_rules import source
from prism_rules.diagnostics import Refused
from prism_rules.diagnostics.pages import all_codes, read_page

PACKAGE = Path(__file__).parents[2] / "src" / "prism_rules"
PAGES = all_codes()


def walk_package(folder: Path) -> list[ast.AST]:
    return [node for path in sorted(folder.rglob("*.py")) for node in ast.walk(ast.parse(path.read_text("utf-8")))]


def name_makers(nodes: list[ast.AST]) -> set[str]:
    """Return what takes a code first: the two classes, and every function with `code` as its first parameter."""
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    first = {function.name: [a.arg for a in function.args.args if a.arg != "self"][:1] for function in functions}
    return {"Problem", "Diagnostic"} | {name for name, parameter in first.items() if parameter == ["code"]}


def find_codes(nodes: list[ast.AST]) -> set[str]:
    """Return every text that is given as the code of a problem or a diagnostic; an empty one only asks for a place."""
    makers = name_makers(nodes)
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    made = [call for call in calls if ast.unparse(call.func).split(".")[-1] in makers]
    given = [value for call in made for value in [*call.args[:1], *(k.value for k in call.keywords if k.arg == "code")]]
    return {value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)} - {""}


def find_texts(nodes: list[ast.AST]) -> set[str]:
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def find_prefixes(nodes: list[ast.AST]) -> tuple[str, ...]:
    """Return how codes begin that are put together, such as ``unknown-`` of ``f"unknown-{kind}"``."""
    put_together = [node.values[0] for node in nodes if isinstance(node, ast.JoinedStr) and node.values]
    texts = [value.value for value in put_together if isinstance(value, ast.Constant)]
    return tuple(text for text in texts if re.fullmatch(r"[a-z]+-", str(text)))


def read_fence(code: str, heading: str) -> str | None:
    """Return the YAML under a heading of a page, or None if there is none."""
    part = read_page(code).split(f"## {heading}\n")[1].split("\n## ")[0]
    match = re.search(r"```yaml\n(.*?)```", part, re.DOTALL)
    return match[1] if match else None


def test_codes_are_found_in_the_package() -> None:
    codes = find_codes(walk_package(PACKAGE))
    assert {"duplicate-key", "missing-file"} <= codes


def test_every_code_has_a_page() -> None:
    assert find_codes(walk_package(PACKAGE)) - set(PAGES) == set()


def test_every_page_is_used() -> None:
    nodes = walk_package(PACKAGE)
    unused = set(PAGES) - find_texts(nodes)
    assert {code for code in unused if not code.startswith(find_prefixes(nodes))} == set()


@pytest.mark.parametrize("code", PAGES)
def test_a_page_has_its_parts(code: str) -> None:
    page = read_page(code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
    assert page.startswith(f"# {code}: ")
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == ["Example", "Mend"]
    meaning, example, mend = re.split(r"\n## .*\n", page.split("\n", 1)[1])
    assert meaning.strip()
    assert "```" in example
    # A query that fails is a fault of ours: there is nothing to write instead.
    assert "```" in mend or code == "query-failed"
    assert page.endswith("\n")


def test_a_code_without_a_page() -> None:
    with pytest.raises(KeyError):
        read_page("../pages")


SHOWN = sorted(
    code for code in find_texts(walk_package(PACKAGE / "source")) & set(PAGES) if read_fence(code, "Example")
)


def test_most_refusals_of_yaml_are_shown_in_yaml() -> None:
    assert len(SHOWN) >= 15


@pytest.mark.parametrize("code", SHOWN)
def test_the_example_is_refused_and_the_mended_one_read(code: str) -> None:
    example, mended = read_fence(code, "Example"), read_fence(code, "Mend")
    assert example and mended
    with pytest.raises(Refused) as refused:
        source.parse(example.encode(), "example.yaml")
    assert {diagnostic.code for diagnostic in refused.value.diagnostics} == {code}
    assert source.parse(mended.encode(), "mended.yaml").data
