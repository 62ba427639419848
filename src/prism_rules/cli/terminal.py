"""The terminal: results on stdout, all else on stderr, colour where it is wanted, and what every command takes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from prism_rules.columns import WIDTH
from prism_rules.diagnostics import Diagnostic, Refused, place_order
from prism_rules.diagnostics.text import count_problems, format_text
from prism_rules.escaping.workflow import defuse_text

if TYPE_CHECKING:
    from prism_rules.progress import Phase, Tell

_COLORS = ("auto", "always", "never")
F = TypeVar("F", bound=Callable[..., Any])


class Ending(NamedTuple):
    """How a command ends when it does not end with 0: the exit code, and why in a few words."""

    code: int
    why: str


def in_actions() -> bool:
    """Whether a runner of GitHub Actions reads what is printed, on either stream, and looks for commands in it."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def say(text: str, *, err: bool = False, nl: bool = True, color: bool | None = None) -> None:
    """Print a text for people. A runner of GitHub Actions finds no command in it, whatever names and data say."""
    click.echo(defuse_text(text) if in_actions() else text, err=err, nl=nl, color=color)


@dataclass
class Terminal:
    """How to speak, as the options and the environment ask; the options are read before anything is said."""

    color: str = "auto"
    verbosity: int = 0
    """-1 with -q, 1 with -v."""

    def log(self, text: str, *, level: int = 0) -> None:
        """Say something about the run on stderr."""
        if self.verbosity >= level:
            say(text, err=True)

    @contextmanager
    def working(self, text: str) -> Iterator[Tell]:
        """Give a function to tell phases to, `text` being the first of them.

        On a terminal, what is being done moves in one line, which is gone at the end. Elsewhere a phase is a line once
        it is over; with -v it is one either way.
        """
        if not self.moves:
            self.log(text, level=1)
            yield lambda phase: self.log(phase.text, level=0 if phase.over else 1)
            return
        from rich.console import Console
        from rich.text import Text

        def write(text: str) -> Text:
            return Text(text, no_wrap=True, overflow="ellipsis")

        console = Console(stderr=True, no_color=not self.paints(sys.stderr))
        with console.status(write(text)) as status:

            def tell(phase: Phase) -> None:
                if not phase.over:
                    status.update(write(phase.text))
                elif self.verbosity > 0:
                    console.print(write(phase.text))

            yield tell

    @property
    def moves(self) -> bool:
        """Whether stderr is a terminal on which a line can be written over."""
        return self.verbosity >= 0 and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def measure(self) -> int:
        """Measure the columns of stdout: a terminal's own, at least 40; 80 for all else, so that bytes are the same."""
        return max(shutil.get_terminal_size().columns, 40) if sys.stdout.isatty() else WIDTH

    def complain(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Show diagnostics on stderr: errors however quiet the run is, warnings unless it is."""
        shown = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error" or self.verbosity >= 0]
        if shown:
            say(format_text(shown, color=self.paints(sys.stderr)), err=True, nl=False, color=True)
        if in_actions() and (errors := [one for one in shown if one.severity == "error"]):
            from prism_rules.checking.files import rebase
            from prism_rules.diagnostics.github import format_github

            click.echo(format_github(rebase(errors, Path.cwd())).encode(), err=True, nl=False)

    def overhear(self, arguments: Sequence[str]) -> None:
        """Take --color from arguments that could not be parsed."""
        for option, value in zip(arguments, [*arguments[1:], ""], strict=True):
            said = option.removeprefix("--color=") if option.startswith("--color=") else value
            if option.startswith("--color") and said in _COLORS:
                self.color = said

    def paints(self, stream: IO[str]) -> bool:
        """Whether to colour a stream: as --color says, else NO_COLOR, else FORCE_COLOR, else on a terminal."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def speaking(command: F) -> F:
    """Give a command the options that all have: -q, -v, --color. They set the context's `Terminal`."""

    def set_verbosity(step: int) -> Callable[[click.Context, click.Parameter, bool], None]:
        def set_it(context: click.Context, _: click.Parameter, given: bool) -> None:
            if given:
                terminal = context.ensure_object(Terminal)
                if terminal.verbosity == -step and not context.resilient_parsing:
                    raise click.UsageError("-q and -v cannot be given together", context)
                terminal.verbosity = step

        return set_it

    def set_color(context: click.Context, _: click.Parameter, color: str) -> None:
        context.ensure_object(Terminal).color = color

    options = (
        click.option("-q", "--quiet", is_flag=True, expose_value=False, is_eager=True, callback=set_verbosity(-1),
                     help="Say nothing but results and errors."),
        click.option("-v", "--verbose", is_flag=True, expose_value=False, is_eager=True, callback=set_verbosity(1),
                     help="Say what is being done."),
        click.option("--color", type=click.Choice(_COLORS), default="auto", expose_value=False,
                     is_eager=True, callback=set_color, help="Colour messages; NO_COLOR and FORCE_COLOR count too."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def list_given(context: click.Context, asked: Callable[[str], bool]) -> list[str]:
    """List the options on the command line among those whose names are asked for."""
    return [
        param.opts[0] for param in context.command.params
        if param.expose_value and param.name and asked(param.name)
        and context.get_parameter_source(param.name) is click.core.ParameterSource.COMMANDLINE
    ]  # fmt: skip


def conclude(diagnostics: Collection[Diagnostic]) -> str:
    """Count the problems, and name the page of what is to be mended first: the first error, else the first warning."""
    ordered = sorted(diagnostics, key=lambda diagnostic: (diagnostic.severity != "error", place_order(diagnostic)))
    code = ordered[0].code if ordered else "refused"
    return f"{count_problems(diagnostics)}; `prism-rules explain {code}` says more"


def refuse(
    code: str, message: str, *, help: str | None = None, context: str | None = None, exit_code: int = 2
) -> Refused:
    """The refusal of one thing that has no line in a file, such as an option."""
    return Refused([Diagnostic(code, message, help=help, context=context)], exit_code)
