"""docs/commands.md against the command line: no command, option or field of a plan is left unsaid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from prism_rules.cli import cli
from prism_rules.model.plan import ActionEntry, Diagnosis, Finding

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/commands.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^##+ (.*)\n((?:(?!##).*\n)*)", PAGE, re.MULTILINE))
SHARED = {"--quiet", "-q", "--verbose", "-v", "--color", "--help", "-h"}


def list_commands(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield above + name, command
        if isinstance(command, click.Group):
            yield from list_commands(command, f"{name} ")


COMMANDS = dict(list_commands(cli))


def list_options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", text))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_its_section_with_exactly_its_options(name: str) -> None:
    rows = [line.split(" | ")[0] for line in SECTIONS[name].splitlines() if line.startswith("| `-")]
    options = {option for param in COMMANDS[name].params if isinstance(param, click.Option) for option in param.opts}
    assert list_options("\n".join(rows)) == options - SHARED


@pytest.mark.parametrize("name", COMMANDS)
def test_choices_of_an_option_are_those_that_it_takes(name: str) -> None:
    for param in COMMANDS[name].params:
        if isinstance(param.type, click.Choice) and param.name != "color":
            assert f"{param.opts[0]} " + r"\|".join(param.type.choices) in SECTIONS[name]


def test_what_all_share_is_said_once() -> None:
    assert list_options(SECTIONS["What all commands share"]) >= SHARED


def test_the_fields_of_a_plan_are_those_of_its_schema() -> None:
    schema = json.loads((ROOT / "schemas/plan.v1.schema.json").read_text("utf-8"))
    section = SECTIONS["plan.json"]
    said = set(re.findall(r"`(\w+)`", section))
    inner = [
        field.alias or name for model in (ActionEntry, Diagnosis, Finding) for name, field in model.model_fields.items()
    ]
    assert set(schema["properties"]) | set(inner) - {"title"} <= said


def test_every_exit_code_of_the_program_is_told() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", SECTIONS["Exit codes"], re.MULTILINE)}
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    used = {int(code) for code in re.findall(r"(?:Ending\(|exit_code=)(\d+)", source)}
    assert {2, 130} <= used <= told
    assert told == {*range(9), 130, 143}
