"""`render`: a saved plan in another form, without data."""

from __future__ import annotations

from pathlib import Path

import click

from prism_rules.cli.saved import find_root, read_saved, render_plan
from prism_rules.cli.terminal import speaking
from prism_rules.render import RENDERERS


@click.command("render")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--to", "form", type=click.Choice([*RENDERERS]), default="markdown", show_default=True)
@click.option("--only-changes", is_flag=True, help="Show what changed since the plan before, and nothing else.")
@click.option(
    "-o", "--output", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write here, not to stdout."
)
@speaking
def command(plan: Path, form: str, only_changes: bool, file: Path | None) -> None:
    """Render a saved plan in another form, without data.

    PLAN is a plan.json, or the folder that holds it.

    \b
    Example:
      prism-rules render plans/2026-03-01/plan.json --to markdown -o comment.md
      prism-rules render plans/2026-03-01 --to sarif -o findings.sarif
    """
    from prism_rules.files import write_atomically
    from prism_rules.render.narrowing import keep_changes

    saved, _ = read_saved(plan)
    text = render_plan(keep_changes(saved) if only_changes else saved, form, find_root(plan, saved))
    if file is None:
        click.echo(text, nl=False)
    else:
        write_atomically(file, text)
