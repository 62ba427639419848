"""Every refused thing has a small file in `hostile/`; `expected.tsv` says by hand what is found in it, and where."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import partial
from pathlib import Path

import pytest

from prism_rules import source
from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.source import reading

HOSTILE = Path(__file__).parent / "hostile"


def read_expectations() -> dict[str, list[tuple[int, int, str]]]:
    found = defaultdict(list)
    with (HOSTILE / "expected.tsv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            found[row["file"]].append((int(row["line"]), int(row["col"]), row["code"]))
    return found


EXPECTED = read_expectations()


@pytest.fixture(params=["fastest scanner", "pure scanner"])
def scanner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure scanner":
        monkeypatch.setattr(reading, "scan_events", partial(reading.scan_events, pure=True))


def refuse(name: str) -> list[Diagnostic]:
    with pytest.raises(Refused) as refused:
        source.parse((HOSTILE / name).read_bytes(), name)
    assert refused.value.exit_code == 2
    return refused.value.diagnostics


def test_every_file_has_expectations() -> None:
    assert {path.name for path in HOSTILE.glob("*.yaml")} == set(EXPECTED)


@pytest.mark.usefixtures("scanner")
@pytest.mark.parametrize("name", EXPECTED)
def test_all_problems_are_found_at_their_place(name: str) -> None:
    found = refuse(name)
    assert [(d.labels[0].line, d.labels[0].col, d.code) for d in found] == EXPECTED[name]
    assert all(d.help and d.labels[0].file == name for d in found)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("duplicate-key.yaml", [(4, 3, 4, "given again here"), (2, 3, 4, "first given here")]),
        ("unclosed-quote.yaml", [(4, 1, 2, ""), (2, 4, 5, "it begins here")]),
        ("unclosed-list.yaml", [(3, 1, 2, ""), (1, 4, 5, "it begins here")]),
    ],
)
def test_both_places_are_shown(name: str, labels: list[tuple[int, int, int, str]]) -> None:
    (diagnostic,) = refuse(name)
    assert [(x.line, x.col, x.end, x.text) for x in diagnostic.labels] == labels


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("no", 'write `false` for the boolean, or "no" in quotes for the text'),
        ("On", 'write `true` for the boolean, or "On" in quotes for the text'),
        ("TRUE", 'write `true` for the boolean, or "TRUE" in quotes for the text'),
        ("~", 'write `null` for nothing, or "~" in quotes for the text'),
        ("0777", 'write `777` for the number, or "0777" in quotes for the text'),
        ("-08", 'write `-8` for the number, or "-08" in quotes for the text'),
        ("00.50", 'write `0.5` for the number, or "00.50" in quotes for the text'),
        ("0o17", 'write `15` for the number, or "0o17" in quotes for the text'),
        ("0x1F", 'write `31` for the number, or "0x1F" in quotes for the text'),
        ("1_000", 'write `1000` for the number, or "1_000" in quotes for the text'),
        ("+5", 'write `5` for the number, or "+5" in quotes for the text'),
        (".5", 'write `0.5` for the number, or ".5" in quotes for the text'),
        ("12:30", 'write "12:30" in quotes for the text'),
    ],
)
def test_help_says_what_to_write_instead(text: str, help: str) -> None:
    with pytest.raises(Refused) as refused:
        source.parse(f"a: {text}\n".encode(), "a.yaml")
    assert [d.help for d in refused.value.diagnostics] == [help]


def test_a_key_cannot_become_a_boolean() -> None:
    assert [d.help for d in refuse("key-ambiguous.yaml")] == [
        'put quotes around it: "on"; or choose another name',
        'put quotes around it: "no"; or choose another name',
    ]


@pytest.mark.usefixtures("scanner")
def test_a_template_without_quotes_is_shown_with_them() -> None:
    found = [d.help for name in ("template.yaml", "templates.yaml") for d in refuse(name) if d.code == "yaml-syntax"]
    assert found == [
        'put the template in quotes: "{{ scope.site }} is low"',
        'put the template in quotes: "{{ scope.site }}"',
        'put the template in quotes: "{{ scope.site | upper }}"',
        """put the template in quotes: '{{ evidence | join("; ") }}'""",
    ]


@pytest.mark.parametrize(
    ("name", "shown"), [("binary.yaml", False), ("utf-16-no-mark.yaml", False), ("latin-1.yaml", True)]
)
def test_bytes_that_are_no_text_are_not_shown(name: str, shown: bool) -> None:
    (diagnostic,) = refuse(name)
    assert (diagnostic.labels[0].source_line is not None) == shown


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a: 1\n" + b"#" * (2 * 1024 * 1024), "file-too-large"),
        (b"a: [" + b"1, " * 200_001 + b"]\n", "too-many-values"),
        (b"a: [" + b"no, " * 1_200 + b"]\n", "too-many-problems"),
        (b"# \x01 \x01" * 1_200, "too-many-problems"),
        (b"%\n" * 500_000, "too-many-problems"),
        (b"a: " + b"[" * 2_000_000, "too-deep"),
    ],
    ids=["size", "values", "problems", "characters", "directives", "depth"],
)
def test_a_limit_ends_the_reading(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        source.parse(data, "a.yaml")
    assert code in {d.code for d in refused.value.diagnostics}
    assert len(refused.value.diagnostics) <= 1_001


def test_the_limits_themselves_are_accepted() -> None:
    deepest = b"a: " + b"[" * 31 + b"]" * 31
    for data in (deepest, b"a: " + b"x" * 65_536, b"a: [" + b"1, " * 199_999 + b"]", b"? " + b"k" * 1_024 + b"\n: 1"):
        assert source.parse(data, "a.yaml").data
