"""Independent readers of what was written: of HTML, of a runner's log, of Mermaid. None knows how it was escaped.

A reader gives the structure of a text as a `Counter`, and raises AssertionError for what must never be there.
"""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt

Shape = Counter[Any]

GAP = "\u200b"
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200c-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\uf8ff\ufff9-\uffff"
    "\U000e0000-\U0010ffff]|[\u0300-\u036f]{4}"
)
"""What must stand raw in no text; a tab neither, and a gap in Markdown alone, but readers say that."""
LIVE = re.compile(
    r"(?P<mention>@[A-Za-z0-9_])|(?P<issue>(?:#|\bGH-)[0-9])|(?P<reference>[!&$][0-9])"
    # A digit at the most of what comes before `…`: of what we cut ourselves nothing can be a commit.
    r"|(?P<commit>(?<![0-9A-Za-z])[0-9a-f]{7,40}(?![0-9A-Za-z]))"
    r"|(?P<address>://|\bwww\.)|(?P<emoji>:(?![0-9]{2}:)[a-z0-9_+-]+:)",
    re.MULTILINE | re.ASCII | re.IGNORECASE,
)
"""What GitHub and GitLab make of text outside of code, when the Markdown has been read."""
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
AUTHORS = {"p", "ul", "ol", "li", "em", "strong", "s", "blockquote", "pre", "code"}
"""Elements that the Markdown of an author may have."""
LEFT = ("left out", "", ())
"""How often a report says where the rest is."""
CODE = {"code", "pre", "script", "style"}
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


class Page(HTMLParser):
    """The elements of an HTML text, each with those around it and its attributes, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.shape: Shape = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.feed(text)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = tuple(dict.fromkeys(one for one in self.open if one not in AUTHORS))
        self.shape[kept, tag, tuple(sorted(name for name, _ in attrs))] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        # A block, and what is parted by an element, is not one text to a host.
        self.texts.append((tuple(self.open), ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()
        self.texts.append((tuple(self.open), ""))

    def handle_data(self, data: str) -> None:
        if self.texts and self.texts[-1][0] == tuple(self.open) and self.texts[-1][1]:
            self.texts[-1] = (self.texts[-1][0], self.texts[-1][1] + data)
        else:
            self.texts.append((tuple(self.open), data))

    def handle_comment(self, data: str) -> None:
        assert re.fullmatch(r"[\w .:-]*", data), f"a comment of data: {data!r}"
        self.shape["comment", "", ()] += 1

    def handle_decl(self, decl: str) -> None:
        self.shape["declaration", decl] += 1

    def unknown_decl(self, data: str) -> None:
        self.shape["declaration", data] += 1

    def handle_pi(self, data: str) -> None:
        self.shape["instruction", data] += 1

    @property
    def seen(self) -> str:
        """What is read on it."""
        return "".join(text for _, text in self.texts).replace(GAP, "")


def read_markdown(text: str) -> Shape:
    """Read GitHub's Markdown, and what a host does to the text in it."""
    refuse_unseen(text.replace(GAP, ""))
    tokens = MARKDOWN.parse(text)
    page = Page(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))
    for around, said in page.texts:
        if said and CODE.isdisjoint(around):
            refuse_live(said)
    shape = Counter({path: n for path, n in page.shape.items() if path[1] != "code"})
    for token in tokens:
        if token.type == "fence" and token.info.strip() == "mermaid":
            shape += read_mermaid(token.content)
    shape[LEFT] = text.count("plan.json")
    # What hosts look for in the Markdown itself. One alert is ours.
    source = re.sub(r"^(`{3,})[^`]*$.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    shape["alert", "", ()] = len(re.findall(r"^[> ]*> *\[!", source, re.MULTILINE))
    for pattern in (r"\[\^", r"^ *\[[^\]]*\]:", r"^[> ]*/[a-z]"):
        found = re.search(pattern, source, re.MULTILINE | re.IGNORECASE)
        assert not found, f"Markdown: {_cut(source, found)!r}"
    return shape


def refuse_unseen(text: str) -> None:
    """Refuse what does not show, or shows elsewhere."""
    found = UNSEEN.search(text)
    assert not found, f"raw: {found[0]!r} in {_cut(text, found)!r}"


def refuse_live(text: str) -> None:
    """Refuse what a host would link, ping, draw or obey."""
    found = LIVE.search(text)
    assert not found, f"{found.lastgroup}: {found[0]!r} in {_cut(text, found)!r}"


def _cut(text: str, found: re.Match[str]) -> str:
    return text[max(0, found.start() - 60) : found.end() + 30]


_MERMAID = re.compile(
    r'(?P<kind>flowchart) (?:LR|TD)|(?P<node> *\w+[\[({]+"(?P<label>[^"]*)"[\])}]+(?::::\w+)?)'
    r"|(?P<edge> *\w+ (?:-->|-\.->|==>)(?:\|\"[^\"]*\"\|)? ?\w+)"
    r"|(?P<style> *(?:classDef|class|linkStyle|style) [\w ,:#;-]+)"
    r"|(?P<end> *(?:subgraph \w+|end|direction \w+))"
)
_LABEL = re.compile(r"(?:[^\"<>&`#;\\\[\]{}()|@%*~]|#\d+;|</?b>|<br/>)*")


def read_mermaid(text: str) -> Shape:
    """Read a flowchart: each line is a node, an arrow or a style, and a label is words, codes and our own breaks."""
    shape: Shape = Counter()
    for line in text.splitlines():
        found = _MERMAID.fullmatch(line)
        assert found, f"no line of a flowchart: {line!r}"
        label = found["label"] or ""
        assert _LABEL.fullmatch(label), f"no label: {label!r}"
        shape["mermaid", found.lastgroup or "", label.count("<")] += 1
    return shape


# From docs.github.com, "Workflow commands for GitHub Actions", and the runner's own reading: white space before a
# command does not count, names are those that are registered, and an older form counts anywhere in a line.
REGISTERED = (
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice", "remove-matcher",
    "save-state", "set-env", "set-output", "stop-commands", "warning",
)  # fmt: skip


def read_commands(log: str) -> list[tuple[str, dict[str, str], str]]:
    """Read the commands that a runner finds in what a program prints: name, properties and message."""
    found = []
    for line in re.split("\r\n|\r|\n", log):
        if "::" not in line and "##" not in line:
            continue
        new = re.fullmatch(r"\s*::([^\s:]+)(?: (.*?))?::(.*)", line)
        old = re.search(r"##(?:vso|teamcity)?\[([\w.-]+)([^\]]*)\](.*)", line)
        if new and new[1].lower() in REGISTERED:
            pairs = [pair.partition("=") for pair in (new[2] or "").split(",") if "=" in pair]
            found.append((new[1], {key.strip(): _decode(value) for key, _, value in pairs}, _decode(new[3])))
        elif old:
            found.append((old[1], {}, old[3]))
    return found


def _decode(value: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(code, char)
    return value
