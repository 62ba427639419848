"""`render`: a saved plan in another form, without data."""

from __future__ import annotations

from pathlib import Path

import click

from prism_rules.cli.saved import read_saved
from prism_rules.cli.terminal import speaking


@click.command("render")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--to", "form", type=click.Choice(["markdown", "html", "json"]), default="markdown", show_default=True)
@click.option(
    "-o", "--output", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write here, not to stdout."
)
@speaking
def command(plan: Path, form: str, file: Path | None) -> None:
    """Render a saved plan in another form, without data.

    PLAN is a plan.json, or the folder that holds it.

    \b
    Example:
      prism-rules render plans/2026-03-01/plan.json --to markdown -o comment.md
    """
    from prism_rules.files import write_atomically
    from prism_rules.render import RENDERERS

    text = RENDERERS[form](read_saved(plan)[0])
    if file is None:
        click.echo(text.encode(), nl=False)
    else:
        write_atomically(file, text.encode())
