"""Every mistake is told by its code at its line and column, and all mistakes of a file in one run.

Under each line at fault stands a comment with a caret at the column and the code; `#<` stands for column 1. What shows
one code stands in `tests/diagnostics/cases/<code>/ruleset.yaml`, beside what people see of it. It may be begun here, as
`mistakes/<code>.yaml`: `git mv` it there, and run `pytest tests/diagnostics/test_cases.py --snapshot-update`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from prism_rules import diagnostics
from prism_rules.checking import check_files
from prism_rules.checking.files import File
from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.ruleset import load_ruleset
from prism_rules.source import parse

HERE = Path(__file__).parent
CASES = HERE.parent / "diagnostics" / "cases"
PAGES = Path(diagnostics.__file__).parent / "codes"
_CARET = re.compile(r"(?P<before># *)\^ (?P<code>[a-z0-9-]+)(?P<warning> \(warning\))?")
_FIRST = re.compile(r"(?P<before>)#< (?P<code>[a-z0-9-]+)(?P<warning> \(warning\))?")

GOOD = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: good, version: "1.0.0", owners: ["@org/labels"]}
sources: {seen: {role: predictions, fields: {id: id, time: time, class: class, confidence: score}}}
defaults: {window: 7d}
rules: {falls: {source: seen, metric: mean_confidence, fail: {below: 0.5}}}
"""

Told = tuple[str, int, int, str]


def read_expected(path: Path) -> list[Told]:
    expected = []
    line = 0
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        match = _CARET.fullmatch(text) or _FIRST.fullmatch(text)
        if match is None:
            line = number
        else:
            expected.append((match["code"], line, len(match["before"]) + 1, "warning" if match["warning"] else "error"))
    return sorted(expected)


MISTAKES = {
    **{path.parent.name: path for path in sorted(CASES.glob("*/ruleset.yaml")) if read_expected(path)},
    **{path.stem: path for path in sorted((HERE / "mistakes").glob("*.yaml"))},
}
TOGETHER = ("blank", "each-once", "falling-rates", "several-columns", "ten-mistakes")
"""Files of mistakes that are about no code of their own."""


def tell(path: Path) -> list[Diagnostic]:
    found, *_ = check_files([File(path)])
    return found


def place(diagnostic: Diagnostic) -> Told:
    label = diagnostic.labels[0]
    return diagnostic.code, label.line, label.col, diagnostic.severity


@pytest.mark.parametrize("path", MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_told_at_their_places(path: Path) -> None:
    expected = read_expected(path)
    assert expected
    assert sorted(map(place, tell(path))) == expected


@pytest.mark.parametrize("path", MISTAKES.values(), ids=MISTAKES)
def test_messages_say_what_to_do(path: Path) -> None:
    for diagnostic in tell(path):
        assert diagnostic.message
        assert "\n" not in diagnostic.message
        assert (PAGES / f"{diagnostic.code}.md").is_file(), f"{diagnostic.code} has no page"


@pytest.mark.parametrize(
    ("old", "new", "help"),
    [
        ('version: "1.0.0"', "version: 1.10", 'put it in quotes: "1.10"'),
        ("name: good", "name: true", 'put it in quotes: "true"'),
        ("mean_confidence", "accuracy", "`prism-rules metrics` lists them"),
        ("mean_confidence", "mean_confidance", "did you mean `mean_confidence`?"),
        (
            "metric: mean_confidence",
            "metric: mean, of: [confidence], by: [class, of]",
            "take it out: a rule over a list of columns has findings of each by itself",
        ),
        ("metric: mean_confidence", "metric: mean, of: features", "add `features: [...]` to it, or name the columns"),
        (
            "metric: mean_confidence",
            "metric: new_share, of: confidence, baseline: {window: 28d}",
            "numbers are compared by `psi` or `ks_statistic`",
        ),
        ("fail: {below: 0.5}", "confidence: 95, fail: {below: 0.5}", "write 0.95"),
        ("fail: {below: 0.5}", "confidence: 95%, fail: {below: 0.5}", "write 0.95"),
        ("fail: {below: 0.5}", "false_discovery_rate: 5 %, fail: {below: 0.5}", "write 0.05"),
        ("metric: mean_confidence", "metric: quantile, of: confidence, with: {q: 97.5}", "write 0.975"),
        ("window: 7d", "window: 5 days", "write 5d"),
        ("window: 7d", "window: 90 min", "write 90m"),
        ("window: 7d", "window: 0d", None),
        (
            "{window: 7d}",
            "{window: 2026-03-01T00:00:00Z}",
            "write the day alone, 2026-03-01, or put the text in quotes",
        ),
        ("{below: 0.5}", "{above: 10%}", "write 0.1; a percentage of the baseline belongs to drop, rise or change"),
    ],
)
def test_help_shows_what_to_write(old: str, new: str, help: str | None) -> None:
    assert old in GOOD
    with pytest.raises(Refused) as refused:
        load_ruleset(parse(GOOD.replace(old, new).encode(), "good.yaml"))
    assert help in [diagnostic.help for diagnostic in refused.value.diagnostics]


def test_each_file_of_one_mistake_is_about_its_own_code() -> None:
    alone = {name: path for name, path in MISTAKES.items() if name not in TOGETHER}
    assert [name for name, path in alone.items() if name not in {code for code, *_ in read_expected(path)}] == []


def test_ten_mistakes_are_ten() -> None:
    assert len(read_expected(HERE / "mistakes" / "ten-mistakes.yaml")) == 10


@pytest.mark.parametrize(
    ("old", "new", "help"),
    [
        ("fail: {below: 0.5}", "fail: 0.8", "write {below: 0.8}, or {above: 0.8}"),
        ("fail: {below: 0.5}", "fail: true", None),
        ("{all: [falls]}", "[falls]", "write {all: [falls]}"),
        ("{all: [falls]}", "falls", "write {all: [falls]}"),
        ("{all: [falls]}", "[{rule: falls}]", "write {all: [...]}"),
    ],
)
def test_what_lacks_the_key_it_stands_under_is_shown_with_it(
    tmp_path: Path, old: str, new: str, help: str | None
) -> None:
    path = tmp_path / "good.yaml"
    text = GOOD + "causes: {doubt: {kind: drift, when: {all: [falls]}}}\n"
    path.write_text(text.replace(old, new), "utf-8")
    assert [d.help for d in tell(path) if d.code == "wrong-type"] == [help]
