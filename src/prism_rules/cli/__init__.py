"""The command line: parse, call the stages, echo. One file per command, imported when it is asked for.

Nothing heavy is imported before a command runs: `--help` of every command costs no more than click.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from prism_rules import __version__
from prism_rules.cli.completion import VARIABLE, answer_shell
from prism_rules.cli.terminal import Ending, Terminal, conclude, refuse, say
from prism_rules.diagnostics import Refused
from prism_rules.diagnostics.suggest import did_you_mean

COMMANDS = (
    "demo", "init", "check", "test", "plan", "render", "diff", "explain", "show", "decide", "ledger",
    "waive", "fmt", "migrate", "schema", "metrics", "docs",
)  # fmt: skip


class _Commands(click.Group):
    """The commands, each in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"prism_rules.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise refuse("usage", f"there is no command `{args[0]}`", help=did_you_mean(args[0], COMMANDS))
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="prism-rules", message="%(prog)s %(version)s")
def cli() -> None:
    """From production signals to gated dataset actions.

    \b
    Example:
      prism-rules demo --out demo     see the whole of it on made data
      prism-rules check rules.yaml    everything that can be known without data
      prism-rules plan                the main job, in a folder with a prism.yaml
    """


class _Terminated(KeyboardInterrupt):
    """SIGTERM came: everything is left as after an interruption."""


def _terminate(number: int, _: object) -> NoReturn:
    # Another one must not cut short the tidying up that this one begins.
    signal.signal(number, signal.SIG_IGN)
    raise _Terminated


def main() -> NoReturn:
    """Run the command line of this process and end the process."""
    signal.signal(signal.SIGTERM, _terminate)
    # What other packages plug into pydantic has no say here, and to look for it takes as long as a hundred rules.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    # What is read lives to the end. With ten thousand rules, looking it through for cycles took half of the time.
    gc.set_threshold(100_000, 50, 50)
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 8
    # DuckDB's bindings report leaks on stderr when the interpreter winds down with Polars loaded; nothing is left to
    # do, so it does not wind down.
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; the last line on stderr says which and why, unless it is 0."""
    asked = os.environ.get(VARIABLE)
    ending = answer_shell(cli, asked) if asked else _end(arguments, Terminal())
    if ending is None:
        return 0
    say(f"exit {ending.code}: {ending.why}", err=True)
    return ending.code


def _end(arguments: Sequence[str], terminal: Terminal) -> Ending | None:
    try:
        ended: Any = cli.main(list(arguments), prog_name="prism-rules", standalone_mode=False, obj=terminal)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help(), err=True)
        return Ending(2, "no command was given")
    except click.ClickException as error:
        terminal.overhear(arguments)
        place = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "prism-rules"
        early = isinstance(error, click.NoSuchOption) and place == "prism-rules"
        help = "options go behind the command, as in `prism-rules plan -q`" if early else f"see `{place} --help`"
        terminal.complain(refuse("usage", error.format_message(), help=help).diagnostics)
        return Ending(2, "bad usage")
    except Refused as refused:
        terminal.complain(refused.diagnostics)
        return Ending(refused.exit_code, conclude(refused.diagnostics))
    except (KeyboardInterrupt, click.Abort) as stopped:
        # Click aborts because of what came.
        terminated = isinstance(stopped.__cause__ or stopped, _Terminated)
        return Ending(143, "terminated") if terminated else Ending(130, "interrupted")
    except SystemExit:
        # Click's way to say that whoever read our output has closed it.
        return Ending(8, "standard output was closed before everything was written")
    except Exception as error:
        from prism_rules.cli.failure import describe_failure

        return describe_failure(error, arguments)
    return ended if isinstance(ended, Ending) else None
