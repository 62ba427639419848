"""`migrate`: bring files of an older version of the language to this one."""

from __future__ import annotations

from pathlib import Path

import click

from prism_rules.cli.rewriting import rewrite_files
from prism_rules.cli.terminal import Ending, Terminal, speaking


@click.command("migrate")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; end with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@speaking
@click.pass_obj
def command(terminal: Terminal, paths: tuple[Path, ...], check: bool, diff: bool) -> Ending | None:
    """Rewrite files of an older version of the language in this one; comments stay.

    PATHS are files, or folders to look for them in; without PATHS, the folder of the prism.yaml here or above.

    \b
    Example:
      prism-rules migrate --diff
    """
    from prism_rules.formatting.migrating import migrate_source
    from prism_rules.model.frozen import API_VERSION

    kept = f"already {API_VERSION}"
    return rewrite_files(terminal, paths, migrate_source, "migrated", kept, check=check, diff=diff)
