"""`fmt`: write files in the canonical form."""

from __future__ import annotations

from pathlib import Path

import click

from prism_rules.cli.rewriting import rewrite_files
from prism_rules.cli.terminal import Ending, Terminal, speaking


@click.command("fmt")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; end with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@speaking
@click.pass_obj
def command(terminal: Terminal, paths: tuple[Path, ...], check: bool, diff: bool) -> Ending | None:
    """Write rulesets, rule tests and prism.yaml in the canonical form.

    PATHS are files, or folders to look for them in; without PATHS, the folder of the prism.yaml here or above. What a
    file says stays as it is, and so do its comments.

    \b
    Example:
      prism-rules fmt rulesets
      prism-rules fmt --check --diff
    """
    from prism_rules.formatting import format_source

    return rewrite_files(terminal, paths, format_source, "formatted", "left as they are", check=check, diff=diff)
