"""How the command speaks: help with examples, results on stdout, colour as asked, and no traceback ever."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from prism_rules import __version__
from prism_rules.cli import COMMANDS, cli, explain, run
from prism_rules.diagnostics.pages import all_codes, read_page

from .conftest import AS_OF, COMMAND, RULESET, Project


def list_commands(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield (*above, name), command
        if isinstance(command, click.Group):
            yield from list_commands(command, (*above, name))


EVERY = dict(list_commands(cli))
LISTED = [*map(list, EVERY)]
SPEAKING = [words for words, command in EVERY.items() if not isinstance(command, click.Group)]


def test_the_commands_are_those_of_their_modules() -> None:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name


@pytest.mark.parametrize("words", [[], *LISTED], ids=" ".join)
def test_every_help_has_an_example(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words, "--help"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert re.search(rf"^  Example:\n    prism-rules {' '.join(words)}", told.out, re.MULTILINE), told.out


@pytest.mark.parametrize("words", [[], *LISTED], ids=" ".join)
def test_every_help_fits_eighty_columns(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for columns in ("80", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        assert run([*words, "--help"]) == 0
        assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []


def list_examples(command: click.Command) -> list[list[str]]:
    """List the words of each example, without what explains it behind two spaces, or leads its output elsewhere."""
    text = (command.help or "").partition("Example:\n")[2].replace("\\\n", " ")
    lines = [re.split(" {2,}(?=[a-z])| > ", line.strip())[0] for line in re.sub(r" {2,}--", " --", text).splitlines()]
    return [shlex.split(line.replace('"$(cat last-head)"', "0123456789ab")) for line in lines if line]


@pytest.mark.parametrize("words", [[], *LISTED], ids=" ".join)
def test_every_example_can_be_parsed(words: list[str]) -> None:
    examples = list_examples(EVERY[tuple(words)] if words else cli)
    assert examples
    for program, *rest in examples:
        assert program == "prism-rules"
        context: click.Context = click.Context(cli)
        command: click.Command = cli
        while isinstance(command, click.Group):
            named = command.get_command(context, rest[0])
            assert named is not None, rest
            command, rest = named, rest[1:]
        # A mistake raises here: an option that there is not, a value that it does not take, a word too many.
        command.make_context(command.name, rest)


def test_a_wrong_example_cannot_be_parsed() -> None:
    with pytest.raises(click.NoSuchOption):
        EVERY[("plan",)].make_context("plan", ["--recrod"])


def test_every_command_has_a_help_of_its_own_in_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    run(["--help"])
    told = capsys.readouterr().out.partition("Commands:\n")[2]
    assert [line.split()[0] for line in told.splitlines()] == list(COMMANDS)
    assert all(len(line.split()) > 3 for line in told.splitlines())


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"prism-rules {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no command was given"),
        (["paln"], "did you mean `plan`?"),
        (["plan", "--data"], "--data"),
        (["render"], "PLAN"),
        (["explain", "duplicate-kye"], "did you mean `duplicate-key`?"),
        (["ledger", "verify", "--ledger", "nowhere"], "nowhere"),
        (["schema", "rules"], "ruleset"),
        (["schema", "plna"], "did you mean `plan`?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_usage_ends_with_2_and_says_what_is_meant(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert told.err.splitlines()[-1].startswith("exit 2: ")


@pytest.mark.parametrize("code", all_codes())
def test_explain_shows_the_page_of_every_code(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", code]) == 0
    assert capsys.readouterr().out == read_page(code)


@pytest.mark.parametrize("words", ["check", "fmt", "test", "docs -o", "ledger verify --ledger"])
def test_a_path_that_is_too_long_is_bad_usage(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prism.yaml").write_text("apiVersion: prism-rules/v1\nkind: Project\nruleset: rules.yaml\n", "utf-8")
    (tmp_path / "rules.yaml").write_text(RULESET, "utf-8")
    assert run([*words.split(), "x" * 300]) == 2
    assert "internal error" not in capsys.readouterr().err


def test_what_nobody_expected_goes_into_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(_: str) -> str:
        raise ZeroDivisionError("nobody expected this")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(explain, "read_page", fail)
    assert run(["explain", "tab"]) == 4
    told = capsys.readouterr().err
    assert told.startswith("exit 4: internal error: ZeroDivisionError: nobody expected this; ")
    assert "Traceback" not in told
    (report,) = tmp_path.iterdir()
    assert str(report) in told
    text = report.read_text("utf-8")
    assert "Traceback" in text
    assert "'explain', 'tab'" in text
    assert __version__ in text


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (MemoryError(), 6)], ids=["ctrl-c", "memory"])
def test_an_interruption_is_told_shortly(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: str) -> str:
        raise error

    monkeypatch.setattr(explain, "read_page", fail)
    assert run(["explain", "tab"]) == code
    assert capsys.readouterr().err.strip().startswith(f"exit {code}: ")


COLORS = [
    ({}, (), False),
    ({"FORCE_COLOR": "1"}, (), True),
    ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
    ({"NO_COLOR": "1"}, ("--color", "always"), True),
    ({"FORCE_COLOR": "1"}, ("--color", "never"), False),
]


@pytest.mark.parametrize(("environment", "options", "colored"), COLORS)
def test_colour_is_as_asked(
    environment: dict[str, str], options: tuple[str, ...], colored: bool, project: Project
) -> None:
    project.edit("mean_confidence", "mean_confidnce")
    check = project.call("check", *options, **environment)
    assert (check.returncode, "\x1b[" in check.stdout, "\x1b[" in check.stderr) == (2, colored, False)
    plan = project.call("plan", *options, **environment)
    assert (plan.returncode, plan.stdout, "\x1b[" in plan.stderr) == (2, "", colored)
    project.edit("mean_confidnce", "mean_confidence")
    plan = project.run("plan", "--as-of", AS_OF, *options, **environment)
    assert (plan.returncode, "\x1b[" in plan.stdout, "\x1b[" in plan.stderr) == (1, colored, False)


@pytest.mark.parametrize("words", SPEAKING, ids=" ".join)
def test_every_command_speaks_in_colour_as_asked(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {option for param in EVERY[words].params for option in param.opts}
    assert names >= {"-q", "--quiet", "-v", "--verbose", "--color"}
    for environment, options, colored in COLORS:
        with monkeypatch.context() as patch:
            for name in ("NO_COLOR", "FORCE_COLOR"):
                patch.delenv(name, raising=False)
            for name, value in environment.items():
                patch.setenv(name, value)
            assert run([*words, *options, "--no-such-option"]) == 2
        told = capsys.readouterr()
        assert (told.out, "\x1b[" in told.err) == ("", colored), (environment, options)


def test_quiet_leaves_results_and_errors(project: Project) -> None:
    loud, quiet = (project.call("plan", "--as-of", AS_OF, option) for option in ("-v", "-q"))
    assert loud.stdout == quiet.stdout != ""
    assert "evaluating rules.yaml" in loud.stderr
    assert quiet.stderr == "exit 1: findings at or above the gate: 1 fail\n"


def test_quiet_silences_warnings_and_no_error(project: Project) -> None:
    project.edit("    done_when: [class-agreement]\n", "")
    loud, quiet = (project.call("plan", "--as-of", AS_OF, *options) for options in ((), ("-q",)))
    assert loud.stdout == quiet.stdout != ""
    assert "warning[gate-without-key]" in loud.stderr
    assert quiet.stderr == "exit 1: findings at or above the gate: 1 fail\n"
    project.edit("metric: mean_confidence", "metric: mean_confidnce")
    quiet = project.call("plan", "-q")
    assert (quiet.returncode, "error[unknown-metric]" in quiet.stderr, "warning[" in quiet.stderr) == (2, True, False)


@pytest.mark.parametrize("command", ["check", "plan"])
def test_the_last_line_names_the_page_of_the_first_error(command: str, project: Project) -> None:
    project.edit("    done_when: [class-agreement]\n", "")
    project.edit("Have {{ scope.class }} labelled", "Have {{ scope.clas }} labelled")
    done = project.call(command)
    told = done.stdout + done.stderr
    assert told.index("warning[gate-without-key]") < told.index("error[template-unknown-variable]")
    assert told.splitlines()[-1] == (
        "exit 2: 1 error, 1 warning; `prism-rules explain template-unknown-variable` says more"
    )


def test_the_module_is_the_command(project: Project) -> None:
    by_module = subprocess.run(
        [str(COMMAND.with_name("python")), "-m", "prism_rules", "check"],
        cwd=project.root,
        capture_output=True,
        check=False,
    )
    assert (by_module.returncode, by_module.stdout, by_module.stderr) == (0, b"no problems\n", b"")


def test_an_output_that_is_closed_or_full_is_no_traceback(project: Project) -> None:
    if Path("/dev/full").exists():  # a disk that is always full is Linux's
        with open("/dev/full", "wb") as full:
            done = subprocess.run([str(COMMAND), "explain", "tab"], stdout=full, stderr=subprocess.PIPE, check=False)
        assert (done.returncode, b"No space left" in done.stderr, b"Traceback" in done.stderr) == (8, True, False)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [str(COMMAND), "schema", "plan"], stdout=closed, stderr=subprocess.PIPE, cwd=project.root, check=False
        )
    assert (done.returncode, done.stderr.splitlines()[-1][:8], b"Traceback" in done.stderr) == (8, b"exit 8: ", False)
