"""A checker for each format: it reads a text as that format, refuses what is live in it, and gives its structure."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as Tree
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from .readers import GAP, Page, Shape, read_commands, read_markdown, refuse_live, refuse_unseen

PLACES = re.compile(r"(?!/)(?!.*(?:^|/)\.\.(?:/|$))[^\x00-\x1f]+")
"""Files inside of a repository."""


def check_markdown(text: str) -> Shape:
    """The report: the same headings, tables, cells and folds, and nothing that a host links or draws."""
    _refuse_commands(text)
    return read_markdown(text)


def check_html(text: str) -> Shape:
    """The page: the same elements and attributes, nothing that runs or loads, no two alike ids."""
    _refuse_commands(text)
    refuse_unseen(text)
    page = Page(text)
    ids = Counter(value for _, name, value in page.attributes if name == "id")
    assert all(n == 1 for n in ids.values()), f"ids that stand twice: {ids.most_common(3)}"
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), f"<{tag} {name}> runs"
        if name in ("href", "src", "action", "formaction", "xlink:href", "poster", "data", "srcset"):
            assert re.match(r"#|data:image/", value), f"<{tag} {name}={value!r}> loads or links"
        if name == "id":
            assert re.fullmatch(r"[A-Za-z][\w.:-]*", value), f"an id of data: {value!r}"
    for around, said in page.texts:
        if {"script", "style"} & {*around}:
            assert "</" not in said and "<!--" not in said, f"data in {around[-1]}: {said[:80]!r}"
            page.shape["within", around[-1]] += len(re.findall(r"[{}]", said)) if "style" in around else 1
    # A title of a drawing is parted into lines by its length, and a name is code if its letters allow it.
    return Counter({path: n for path, n in page.shape.items() if path[1] != "code" and "svg" not in path[0]})


def check_json(text: str) -> Shape:
    """Plan.json: strict JSON in ASCII, the same structure, the texts unaltered (`test_formats` compares them)."""
    _refuse_commands(text)
    assert text.isascii()
    return Counter(_list_shape(_read_json(text)))


def check_sarif(text: str) -> Shape:
    """SARIF: messages without links, places within the repository, rules' Markdown inert."""
    document = _check_told(text)
    for path, value in _list_texts(document):
        if path.endswith((".markdown",)):
            read_markdown(value)
        elif path.endswith(".text"):
            assert not re.search(r"\[[^\]]*\]\([^)]*\)", value), f"a link in {path}: {value!r}"
        elif path.endswith("artifactLocation.uri"):
            assert re.fullmatch(r"(?:file:///)?(?!/)[\w.~/%!$&'()*+,;=@-]+", value), value
    return Counter(_list_shape(document))


def check_gitlab(text: str) -> Shape:
    """GitLab's code quality: one line each, a place within the repository, a fingerprint."""
    issues = _check_told(text)
    for issue in issues:
        assert "\n" not in issue["description"]
        assert PLACES.fullmatch(issue["location"]["path"]), issue["location"]["path"]
    return Counter(_list_shape(issues))


def check_issues(text: str) -> Shape:
    """Issues to open: titles in one line, bodies as inert as the report."""
    document = _check_told(text)
    shape = Counter(_list_shape(document))
    for path, value in _list_texts(document):
        if path.endswith("body"):
            shape += read_markdown(value)
        elif path.endswith("title"):
            assert "\n" not in value
            refuse_live(value)
    return shape


def check_junit(text: str) -> Shape:
    """JUnit: XML 1.0 with the same suites, cases and outcomes."""
    _refuse_commands(text)
    refuse_unseen(text)
    root = Tree.fromstring(text.encode())
    return Counter((element.tag, *sorted(element.attrib)) for element in root.iter())


def check_github(text: str) -> Shape:
    """Workflow commands: as many, of the same names and properties, and no line that is none but is read as one."""
    refuse_unseen(text)
    commands = read_commands(text)
    for name, properties, message in commands:
        assert name in ("error", "warning", "notice", "group", "endgroup"), name
        for value in (*properties.values(), *message.split("\n")):
            refuse_unseen(value)
    return Counter((name, *sorted(properties)) for name, properties, _ in commands)


def check_terminal(text: str) -> Shape:
    """A terminal's text: lines without anything that does not show, none of which a runner obeys."""
    _refuse_commands(text)
    refuse_unseen(text)
    assert GAP not in text
    return Counter()


CHECKERS: dict[str, Callable[[str], Shape]] = {
    "github": check_github,
    "gitlab": check_gitlab,
    "html": check_html,
    "issues": check_issues,
    "json": check_json,
    "junit": check_junit,
    "markdown": check_markdown,
    "sarif": check_sarif,
}
"""Format -> checker. A format of the program that has none fails the test."""


def _refuse_commands(text: str) -> None:
    commands = read_commands(text)
    assert not commands, f"a runner obeys {commands[0]}"


def _check_told(text: str) -> Any:
    """Read JSON whose texts are told to people by whoever reads it, so that they are escaped, and not unaltered."""
    _refuse_commands(text)
    document = _read_json(text)
    for path, value in _list_texts(document):
        try:
            refuse_unseen(value.replace(GAP, "") if path.endswith(("body", "markdown")) else value)
        except AssertionError as error:
            raise AssertionError(f"{path}: {error}") from error
    return document


def _read_json(text: str) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(f"not JSON: {word}")

    text.encode()
    return json.loads(text, parse_constant=refuse)


def _list_texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, held in value.items():
            yield from _list_texts(held, f"{path}.{key}")
    elif isinstance(value, list):
        for held in value:
            yield from _list_texts(held, path)
    elif isinstance(value, str):
        yield path, value


def _list_shape(value: Any, depth: int = 0) -> Iterator[tuple[int, str]]:
    yield depth, type(value).__name__
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in held:
        yield from _list_shape(one, depth + 1)
