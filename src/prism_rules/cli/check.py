"""`check`: everything that can be known of a ruleset without data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.setting import NAME, Setting, find_setting
from prism_rules.cli.terminal import Ending, Terminal, conclude, refuse, speaking
from prism_rules.diagnostics import Refused
from prism_rules.diagnostics.text import format_text

if TYPE_CHECKING:
    from prism_rules.diagnostics import Diagnostic


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice(["warning", "error"]),
    default="warning",
    show_default=True,
    help="`error` lets warnings be.",
)
@speaking
@click.pass_obj
def command(terminal: Terminal, paths: tuple[Path, ...], form: str, fail_on: str) -> Ending | None:
    """Check rulesets: everything that can be known without data.

    Without PATHS, the ruleset of the prism.yaml here or above. Ends with 2 for errors, with 1 for warnings.

    \b
    Example:
      prism-rules check rulesets/surface.yaml --format json
    """
    import sys

    from prism_rules.diagnostics.machine import format_json

    settings = [Setting(Path.cwd(), path, None) for path in paths] or [find_setting(None)]
    found = [diagnostic for setting in settings for diagnostic in find_problems(setting)]
    text = format_json(found) if form == "json" else format_text(found, color=terminal.paints(sys.stdout))
    click.echo(text, nl=False, color=True)
    worst = {diagnostic.severity for diagnostic in found}
    code = 2 if "error" in worst else 1 if worst and fail_on == "warning" else 0
    return Ending(code, conclude(found)) if code else None


def find_problems(setting: Setting) -> list[Diagnostic]:
    """Find all that is wrong with a ruleset. The engine's parser is asked only if the ruleset has SQL."""
    from prism_rules.program.expressions import gate_expressions

    if setting.project is None and setting.ruleset.name == NAME and setting.ruleset.is_file():
        where = setting.ruleset.parent.as_posix()
        help_ = f"name its ruleset, or run `prism-rules check` without a path in `{where}`"
        message = f"`{setting.ruleset.as_posix()}` is a project file, not a ruleset"
        return refuse("usage", message, help=help_).diagnostics
    if setting.project is None and setting.ruleset.name.endswith(".test.yaml"):
        from prism_rules.ruletests.reading import list_problems

        return list_problems(setting.ruleset)
    try:
        resolved = setting.load()
        gate_expressions(resolved)
    except Refused as refused:
        return refused.diagnostics
    return list(resolved.warnings)
