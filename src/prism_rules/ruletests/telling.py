"""Telling: how tests ended, for people: a line per test, and under one that failed each difference in two lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from prism_rules.diagnostics import Spot
from prism_rules.diagnostics.suggest import nearest
from prism_rules.diagnostics.text import format_text
from prism_rules.escaping import show_invisible, show_plain
from prism_rules.model.plan import IntakeNote
from prism_rules.render.told import say_note
from prism_rules.ruletests.comparing import KINDS, Difference
from prism_rules.ruletests.reading import Suite
from prism_rules.ruletests.running import Trial
from prism_rules.source import find_label

_RED, _GREEN, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[0m"
_LONG = 40
"""Characters of a text from which it has lines of its own."""


def tell_trials(trials: Sequence[Trial], *, color: bool = False) -> str:
    """Tell how tests ended, file by file, and how many passed."""
    lines: list[str] = []
    suite: Suite | None = None
    for trial in trials:
        if trial.suite is not suite:
            suite = trial.suite
            lines += [*([""] if lines else []), show_invisible(suite.source.name)]
        word, tone = ("passed", _GREEN) if trial.passed else ("FAILED", _RED)
        lines.append(f"  {_paint(word, tone, color)}  {show_invisible(trial.test.name)}")
        lines += [f"    {line}".rstrip() for line in tell_failure(trial, color=color)]
    return "\n".join([*lines, "", count_trials(trials)]) + "\n"


def count_trials(trials: Sequence[Trial]) -> str:
    """Count tests: "8 passed", "1 failed, 7 passed"."""
    passed = sum(trial.passed for trial in trials)
    told = [(len(trials) - passed, "failed"), (passed, "passed")]
    return ", ".join(f"{n:,} {word}" for n, word in told if n)


def tell_failure(trial: Trial, *, color: bool = False) -> list[str]:
    """Tell in lines why a test failed; none for one that passed."""
    if trial.refused:
        return format_text(trial.refused, color=color).splitlines()
    lines = [line for difference in trial.differences for line in _tell_difference(trial.suite, difference, color)]
    if any(difference.what == "missing" for difference in trial.differences) and trial.off:
        lines.append(f"rules that are off for want of data: {', '.join(trial.off)}")
    return lines + [_tell_note(note, trial) for note in list_notes(trial) if not trial.passed]


def list_notes(trial: Trial) -> list[IntakeNote]:
    """List what was met in the rows that a test gives; that there are none it says itself."""
    return [note for note in trial.outcome.plan.intake if note.code != "no_rows"] if trial.outcome else []


def _tell_note(note: IntakeNote, trial: Trial) -> str:
    """Tell a note: why rows did not count as their author thought, down to a class that is misspelt."""
    classes = trial.resolved.model.classes if note.code == "unknown_class" else ()

    def name_near(name: str) -> str:
        near = nearest(name, classes)
        return show_plain(name) + (f" (did you mean `{near}`?)" if near else "")

    return f"note: {note.source}: {show_invisible(say_note(note, name_near))}"


def find_line(suite: Suite, difference: Difference) -> int:
    """Find the line of the expectation; of what was not expected, that of the list it should stand in."""
    return find_label(Spot(difference.route, at="key"), suite.source).line


def list_cells(entry: Mapping[str, Any]) -> dict[str, str]:
    """List an entry's name, scope and fields as people read them: "class=dent", "value=0.63"."""
    cells = {}
    for field, value in entry.items():
        if field in KINDS.values():
            cells[field] = show_invisible(str(value))
        elif field == "scope":
            cells[field] = show_invisible(" ".join(f"{dimension}={value[dimension]}" for dimension in sorted(value)))
        else:
            cells[field] = f"{field}={show_value(value)}"
    return cells


def show_value(value: Any) -> str:
    """Show a field's value in one line."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return show_invisible(value.strip())
        case Decimal():
            return f"{value}"
        case dict():
            return show_invisible(" ".join(str(part) for part in value.values() if part is not None))
        case list() | tuple():
            return f"[{', '.join(show_value(one) for one in value)}]"
    return str(value)


def _tell_difference(suite: Suite, difference: Difference, color: bool) -> Iterator[str]:
    kind = difference.kind
    heads = {
        "differs": f"{kind[:-1]} differs",
        "missing": f"{kind[:-1]} is missing",
        "unexpected": f"{kind[:-1]} is not expected",
        "nothing": "the test expects nothing: list findings, causes or actions, or write what is met with --accept",
    }
    place = f"{show_invisible(suite.source.name)}:{find_line(suite, difference)}"
    yield f"{_paint(heads[difference.what], _RED, color)}  ({place})"
    if difference.what == "nothing":
        return
    expected, actual = list_cells(difference.expected), list_cells(difference.actual)
    long = [name for name in expected.keys() | actual.keys() if _is_long(name, expected, actual)]
    fields = [name for name in {**expected, **actual} if name not in long]
    widths = {name: max(len(expected.get(name, "")), len(actual.get(name, ""))) for name in fields}
    fields = [name for name in fields if widths[name]]
    for word, cells in (("expected", expected), ("actual", actual)):
        if cells:
            yield f"  {word:<8}  " + "  ".join(cells.get(name, "").ljust(widths[name]) for name in fields).rstrip()
    if marked := [name for name in fields if name in difference.fields]:
        carets = "  ".join(("^" * len(actual[name]) if name in marked else "").ljust(widths[name]) for name in fields)
        yield f"            {_paint(carets.rstrip(), _RED, color)}"
    for name in difference.fields:
        if name in long:
            yield from _tell_long(expected[name], actual[name], color)


def _is_long(name: str, expected: Mapping[str, str], actual: Mapping[str, str]) -> bool:
    if name in KINDS.values() or name not in expected:
        return False
    return max(len(expected[name]), len(actual.get(name, ""))) > _LONG


def _tell_long(expected: str, actual: str, color: bool) -> Iterator[str]:
    """Tell two long texts one below the other, with a caret where they part."""
    same = next((i for i, (a, b) in enumerate(zip(expected, actual, strict=False)) if a != b), None)
    yield f"  expected  {expected}"
    yield f"  actual    {actual}"
    yield f"            {' ' * (min(len(expected), len(actual)) if same is None else same)}{_paint('^', _RED, color)}"


def _paint(text: str, tone: str, color: bool) -> str:
    return f"{tone}{text}{_PLAIN}" if color else text


def list_suites(trials: Iterable[Trial]) -> dict[str, list[Trial]]:
    """List trials by the file that they stand in."""
    suites: dict[str, list[Trial]] = {}
    for trial in trials:
        suites.setdefault(trial.suite.source.name, []).append(trial)
    return suites
