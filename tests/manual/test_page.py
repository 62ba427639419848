"""The manual: the glare case as it is written, and a page that stays one whatever a ruleset says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from prism_rules.manual import overview
from prism_rules.manual.markdown import write_bounds
from prism_rules.manual.page import write_manual
from prism_rules.ruleset import Resolved, load_ruleset
from tests.conftest import World

from .hostile import TEXTS, load_hostile

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
LIVE = re.compile(r"@[A-Za-z0-9]|(?<!&)#[0-9]|://|www\.|\bGH-[0-9]", re.IGNORECASE)
GLARE = Path(__file__).parents[2] / "examples/glare/surface-inspection.yaml"


def read_tokens(text: str) -> list[Token]:
    tokens = PARSER.parse(text)
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


def list_headings(text: str) -> list[str]:
    tokens = PARSER.parse(text)
    return [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open"]


def test_the_glare_case_is_told_as_it_was(snapshot: Any) -> None:
    assert write_manual(load_ruleset(GLARE)) == snapshot


def test_every_link_of_the_manual_leads_to_a_heading() -> None:
    text = write_manual(load_ruleset(GLARE))
    # As hosts make anchors: lower case, spaces as hyphens, what is no word left out.
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in list_headings(text)}
    links = {str(token.attrs["href"]) for token in read_tokens(text) if token.type == "link_open"}
    assert links and {link.removeprefix("#") for link in links} <= anchors


def test_every_entry_of_the_ruleset_has_its_heading() -> None:
    resolved = load_ruleset(GLARE)
    headings = list_headings(write_manual(resolved))
    for kind, section in (("Rule", "rules"), ("Cause", "causes"), ("Action", "actions")):
        assert [h for h in headings if h.startswith(f"{kind} ")] == [
            f"{kind} {name}" for name in getattr(resolved.model, section)
        ]


def test_a_ruleset_of_rules_alone_has_a_manual(world: World) -> None:
    resolved = world.load(rules={"a": {"source": "predictions", "metric": "volume", "fail": {"below": 1}}})
    headings = list_headings(write_manual(resolved))
    assert "Rule a" in headings and "Causes" not in headings and "Waivers" not in headings


def load_action(world: World, steps: str) -> Resolved:
    action = {"kind": "review", "for": ["c"], "by": ["site"], "title": "Look", "steps": steps}
    return world.load(
        rules={"a": {"source": "predictions", "metric": "volume", "by": ["site"], "fail": {"below": 1}}},
        causes={"c": {"kind": "drift", "by": ["site"], "when": {"all": ["a"]}}},
        actions={"act": action},
    )


def test_steps_keep_their_lines(world: World) -> None:
    named = write_manual(load_action(world, "1. Look at {{ scope.site }}.\n2. Tell.\n"))
    assert "Steps:\n\n> 1. Look at \u2039site\u203a.\n> 2. Tell.\n" in named
    decided = write_manual(load_action(world, "{% if scope.site == 'a' %}\n1. Look.\n{% endif %}\n2. Tell.\n"))
    assert "Steps:\n\n```text\n{% if scope.site == 'a' %}\n1. Look.\n{% endif %}\n2. Tell.\n```\n" in decided


def test_why_something_is_left_out_names_it_as_code(tmp_path: Path) -> None:
    path = tmp_path / "part.yaml"
    path.write_text(
        "apiVersion: prism-rules/v1\nkind: Ruleset\nmetadata: {name: part, version: '1.0.0', owners: ['@org/a']}\n"
        "extends: [prism-core@^1]\nsources: {validation: {role: validation, fields: {id: id, class: class, time: t}}}\n"
        "classes: {dent: {}}\n",
        "utf-8",
    )
    text = write_manual(load_ruleset(path))
    assert "- the cause `capture-changed`: it rests on `capture-moves`, which is off\n" in text


def test_a_map_of_very_many_arrows_is_left_to_the_command(world: World) -> None:
    rule = {"source": "predictions", "metric": "volume", "by": ["site"]}
    rules = {f"r{n}": {**rule, "fail": {"below": n + 1}} for n in range(401)}
    resolved = world.load(rules=rules, causes={"c": {"kind": "drift", "by": ["site"], "when": {"any": [*rules]}}})
    text = write_manual(resolved)
    assert "mermaid" not in text and "The map has 401 arrows" in text


def test_what_concerns_all_entries_is_found_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[str] = Counter()
    for name in ("list_readers", "list_scope"):
        known = getattr(overview, name)
        count_one = lambda *given, name=name, known=known: asked.update([name]) or known(*given)  # noqa: E731
        monkeypatch.setattr(overview, name, count_one)
    rule = {"source": "predictions", "metric": "volume", "by": ["site"]}
    cause = {"kind": "drift", "by": ["site"], "explain": "Fewer at {{ scope.site }}"}
    numbers = range(20)
    resolved = world.load(
        rules={f"r{n}": {**rule, "fail": {"below": n + 1}} for n in numbers},
        causes={f"c{n}": {**cause, "when": {"all": [f"r{n}"]}} for n in numbers},
        actions={f"a{n}": {"kind": "review", "title": "Look at {{ scope.site }}", "for": [f"c{n}"]} for n in numbers},
    )
    assert write_manual(resolved).count("Fewer at ‹site›") == len(numbers)
    assert asked == {"list_readers": 1, "list_scope": len(numbers)}


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize(
    "write", [write_manual, lambda resolved: write_bounds(resolved, rules=[*resolved.model.rules])]
)
def test_what_a_ruleset_says_stays_text(text: str, write: Any, tmp_path: Path) -> None:
    page = write(load_hostile(tmp_path, text))
    plain = write(load_hostile(tmp_path, "plain"))
    tokens = read_tokens(page)
    assert list_headings(page) == list_headings(plain)
    assert not [token for token in tokens if token.type in ("html_block", "html_inline", "image", "hr")]
    assert all(str(token.attrs["href"]).startswith("#") for token in tokens if token.type == "link_open")
    assert not any(LIVE.search(token.content) for token in tokens if token.type == "text")
    for kind in ("table_open", "tr_open", "td_open"):
        assert count(tokens, kind) == count(read_tokens(plain), kind)
    assert {token.info for token in tokens if token.type == "fence"} <= {"mermaid", ""}


def count(tokens: list[Token], kind: str) -> int:
    return sum(token.type == kind for token in tokens)
