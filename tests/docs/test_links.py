"""Pages that lead somewhere: every relative link, every target of `make`, every page from an index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "src/**/*.md", "examples/**/*.md", "rulesets/**/*.md", "schemas/*.md")
    for path in ROOT.glob(pattern)
)
INDEXES = {
    "docs": "docs/README.md",
    "docs/metrics": "docs/metrics/README.md",
    "docs/decisions": "docs/decisions/README.md",
}


def list_links(page: Path) -> list[str]:
    tokens = MarkdownIt().enable("table").parse(page.read_text("utf-8"))
    inline = [child for token in tokens for child in token.children or ()]
    links = [str(token.attrs.get("href") or token.attrs.get("src") or "") for token in inline]
    return [link for link in links if link and not re.match(r"[a-z]+:", link)]


def list_anchors(page: Path) -> set[str]:
    """List a page's anchors as GitHub makes them of its headings."""
    tokens = MarkdownIt().parse(page.read_text("utf-8"))
    headings = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_relative_links_lead_to_a_file_and_a_heading(page: str) -> None:
    broken = []
    for link in list_links(ROOT / page):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or (anchor and anchor not in list_anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_listed_in_an_index() -> None:
    listed = {
        ((ROOT / index).parent / link.partition("#")[0]).resolve()
        for index in {*INDEXES.values()}
        for link in list_links(ROOT / index)
    }
    pages = {path.resolve() for folder in INDEXES for path in (ROOT / folder).glob("*.md")}
    assert pages - listed == {(ROOT / "docs/README.md").resolve()}, "the index of indexes alone is in none"


def test_named_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    texts = [(ROOT / page).read_text("utf-8") for page in PAGES]
    named = {name for text in texts for name in re.findall(r"(?:`|^\$ )make ([a-z-]+)", text, re.MULTILINE)}
    assert {"demo", "test"} <= named <= targets
