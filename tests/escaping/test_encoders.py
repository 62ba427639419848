"""What each encoder promises, of the table and of 20,000 generated texts, read by code that knows no encoder."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as Tree
from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt

from prism_rules.diagnostics import Diagnostic, Label
from prism_rules.diagnostics.github import format_github
from prism_rules.diagnostics.machine import format_json
from prism_rules.diagnostics.sarif import format_sarif
from prism_rules.diagnostics.text import format_text
from prism_rules.escaping import MOST, escape_csv, escape_markdown, show_invisible, show_plain
from prism_rules.escaping.html import escape_html
from prism_rules.escaping.json import defuse_json
from prism_rules.escaping.markdown import (
    escape_line,
    escape_mermaid,
    restrict_markdown,
    write_code,
    write_fence,
    write_named,
    write_quoted,
)
from prism_rules.escaping.place import is_inside, write_uri
from prism_rules.escaping.sarif import escape_message
from prism_rules.escaping.workflow import defuse_line, write_command
from prism_rules.model.identity import make_id
from prism_rules.planning.files import write_queue
from prism_rules.queues import Drawn, Row

from .checkers import check_github, check_sarif, check_terminal
from .generated import SEED, generate
from .readers import GAP, UNSEEN, read_commands, read_markdown, refuse_live
from .table import HOSTILE

TABLE = [*HOSTILE.values(), "x" * 10_000]
GENERATED = [*generate(20_000)]
SHARES = 4
"""Each encoder is tried with one of so many parts of what is generated, each text with some of the encoders."""
DIGESTED = re.compile(r"… \([0-9a-f]{8}\)")
FORMULA = re.compile("[\\s\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\\t\\r\\n]")


def check_plain(text: str) -> None:
    shown = show_plain(text)
    assert not UNSEEN.search(shown) and not re.search("[\n\r\t\u200b\u2800\u3164\ufe0f]", shown)
    assert len(shown) <= MOST and show_plain(shown) == shown
    assert shown == show_invisible(text) or DIGESTED.search(shown)


def check_escaped(text: str) -> None:
    for escaped in (escape_markdown(text), escape_line(text)):
        assert not re.search(r"[|`<>\[\]*~$\\\n]", escaped), escaped
        assert not re.match(r"[-+=/:\s]|#+(?:[ \t]|$)|\d+[.)](?: |$)", escaped), escaped
        read = html.unescape(escaped)
        assert not UNSEEN.search(read.replace(GAP, ""))
        refuse_live(read)
    assert read.replace(GAP, "").split() == show_plain(re.sub(r"[ \t\r\n]+", " ", text).strip(" "), 200).split()


def check_coded(text: str) -> None:
    for written in (write_code(text), write_named(f"a `{text.replace('`', '')}` b"), write_quoted(text)):
        assert "\n" not in written
    assert "|" not in write_code(text)
    code = write_quoted(text)
    ticks = re.match("`*", code)
    assert ticks and (code == '""' or code.endswith(ticks[0]))
    assert code == '""' or ticks[0] not in re.split("(?<!`)" + ticks[0] + "(?!`)", code)[1]


def check_fenced(text: str) -> None:
    first, *lines, last = write_fence(text, text).split("\n")
    assert len(lines) == 2 and first == f"{last}text" and not any(last in line for line in lines)
    assert not read_commands("\n".join(lines))


def check_restricted(text: str) -> None:
    restricted = restrict_markdown(text)
    assert not UNSEEN.search(restricted.replace(GAP, "")) and not read_commands(restricted)
    assert not re.search(
        r"<[A-Za-z/!?]|\]\(|\]:|!\[[^\]]*\]\(|\[\^|^ *\[!|^ *#+(?: |$)|^ *>|^ *(?:```+|~~~+) *\w", restricted, re.M
    )
    refuse_live(restricted)


def check_mermaid(text: str) -> None:
    assert re.fullmatch(r"(?:[A-Za-z0-9 ,_\-\u00a0-\U0010ffff]|#\d+;)*", escape_mermaid(text))


def check_markup(text: str) -> None:
    escaped = escape_html(text)
    assert not re.search("[<>\"'\n]", escaped)
    element = Tree.fromstring(f"<a b=\"{escaped}\" c='{escaped}'>{escaped}</a>")
    assert element.text in (show_plain(text), None if not text else "") and element.attrib["b"] == show_plain(text)
    assert html.unescape(escaped) == show_plain(text)


def check_cell(text: str) -> None:
    written = io.StringIO()
    csv.writer(written).writerow(["a", cell := escape_csv(text), "b"])
    [[_, read, _]] = csv.reader(io.StringIO(written.getvalue()))
    assert read == cell and not FORMULA.match(read)
    # Where lists are parted by semicolons, a cell begins after each, and one in quotes does not begin with them.
    assert not any(FORMULA.match(one.strip('"')) for one in written.getvalue().split(";"))
    assert cell.replace("'", "") == show_invisible(text).replace("'", "")


def check_logged(text: str) -> None:
    line = defuse_line(text)
    assert "\n" not in line and not UNSEEN.search(line) and not read_commands(line)
    commands = read_commands(write_command("error", {"file": text, "title": text}, text, text))
    [(name, properties, message)] = commands
    shown = re.sub(r"##(?=[a-z]*\[)", "## ", show_invisible(text), flags=re.IGNORECASE)
    assert (name, properties) == ("error", {"file": shown, "title": shown})
    assert message == f"{shown}\n{shown}"


def check_message(text: str) -> None:
    message = escape_message(text, text)
    assert message.count("\n") == 1 and not UNSEEN.search(message.replace("\n", ""))
    assert not re.search(r"\[[^\]]*\]\(", message)


def check_json(text: str) -> None:
    written = defuse_json(json.dumps([text]))
    assert written.isascii() and not read_commands(written)
    [read] = json.loads(written)
    read.encode()
    paired = text if text.isascii() else re.sub("[\ud800-\udbff][\udc00-\udfff]", _pair, text)
    assert read == re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):x}", paired)


def _pair(found: re.Match[str]) -> str:
    return found[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def check_name(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]{12,73}", make_id("action", "r", "relabel", {"class": text}))


CHECKS: list[Callable[[str], None]] = [
    check_plain, check_escaped, check_coded, check_fenced, check_restricted, check_mermaid, check_markup, check_cell,
    check_logged, check_message, check_json, check_name,
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_an_encoder_keeps_its_promise(check: Callable[[str], None]) -> None:
    for text in [*TABLE, *GENERATED[CHECKS.index(check) % SHARES :: SHARES]]:
        try:
            check(text)
        except AssertionError as error:
            raise AssertionError(f"PRISM_SEED={SEED}: {text!r}: {error}") from error


@pytest.mark.parametrize(
    ("file", "inside"),
    [("a.yaml", True), ("a/..b/c.yaml", True), ("x@1.0.0/a.yaml", True), ("", False), ("/a", False), ("..", False),
     ("a/../../b", False), ("C:/a", False), ("\\\\host\\a", False), ("a\\..\\b", False)],
)  # fmt: skip
def test_a_file_is_inside_that_no_system_looks_for_elsewhere(file: str, inside: bool) -> None:
    assert is_inside(file) is inside


def test_a_name_of_a_file_is_written_as_its_bytes() -> None:
    assert write_uri("a b/\u00e9\udce9:1.yaml") == "a%20b/%C3%A9%E9%3A1.yaml"
    assert write_uri("/a\ud800#") == "file:///a%5Cud800%23"


def test_rows_of_a_table_keep_their_cells() -> None:
    shown = [*HOSTILE.values(), *generate(300)]
    lines = "\n".join(f"| {escape_line(text)} | {write_code(text)} |" for text in shown)
    tokens = MarkdownIt("commonmark").enable("table").parse(f"| a | b |\n| --- | --- |\n{lines}\n\nafter")
    assert sum(token.type == "td_open" for token in tokens) == 2 * len(shown)
    read_markdown(f"| a | b |\n| --- | --- |\n{lines}\n")


def test_what_does_not_show_is_what_unicode_says() -> None:
    # Signs before Arabic, Syriac and Kaithi numbers show; all else that is no letter, mark or sign does not.
    visible = [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]
    unseen = [
        code for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    ]
    assert [code for code in unseen if show_invisible(chr(code)) == chr(code)] == visible


def test_a_queue_for_people_has_one_row_each_and_the_one_for_programs_is_unaltered() -> None:
    texts = [text for text in [*TABLE, *GENERATED[:1_000]] if not re.search("[\ud800-\udfff]", text)]
    rows = tuple(
        Row(id=text, why=(text,), key=n, probability=0.5, shown={"class": text, text: "x"} if not n else
            {"class": text, texts[0]: "x"})
        for n, text in enumerate(texts)
    )  # fmt: skip
    files = write_queue("q", Drawn(eligible=9, strata=(), rows=rows), 1)
    listed = list(csv.reader(io.StringIO(files["queues/q.csv"].decode(), newline="")))
    assert len(listed) == len(texts) + 1 and {len(row) for row in listed} == {len(listed[0])}
    assert not any(FORMULA.match(cell) for row in listed for cell in row)
    assert [json.loads(line)["row_id"] for line in files["queues/q.jsonl"].decode().split("\n") if line] == texts


def test_diagnostics_are_inert_in_every_format() -> None:
    for text in HOSTILE.values():
        problem = Diagnostic(
            "unknown-rule", text,
            (Label("a.yaml", 1, 1, 2, text, text), Label(text or "b.yaml", 3, 1, 2, text, text)), text, context=text,
        )  # fmt: skip
        check_terminal(format_text([problem]))
        assert check_github(format_github([problem])) == {
            ("error", "col", "endColumn", "endLine", "file", "line", "title"): 1
        }
        written = format_sarif([problem], "1")
        assert not read_commands(written) and not read_commands(format_json([problem]))
        log = json.loads(written)
        log["runs"][0]["tool"]["driver"]["rules"] = []
        check_sarif(defuse_json(json.dumps(log)))
