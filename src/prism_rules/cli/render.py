"""`render`: a saved plan in another form, without data."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.saved import find_root, render_plan
from prism_rules.cli.terminal import speaking
from prism_rules.render import RENDERERS
from prism_rules.render.saved import read_saved

if TYPE_CHECKING:
    from prism_rules.model.plan import Plan
    from prism_rules.render import Renderer


@click.command("render")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "form",
    type=click.Choice([*RENDERERS]),
    default=None,
    help="In which form; markdown if not given.",
)
@click.option(
    "--template",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Fill this template instead: *.md, *.html or *.txt, with or without .j2.",
)
@click.option("--only-changes", is_flag=True, help="Show what changed since the plan before, and nothing else.")
@click.option(
    "-o", "--output", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write here, not to stdout."
)
@click.option(
    "--max-chars",
    "most",
    type=int,
    metavar="N",
    help="With `--to markdown` or `--template`: at most so many characters, counted as bytes of UTF-8, for a comment.",
)
@speaking
def command(
    plan: Path, form: str | None, template: Path | None, only_changes: bool, file: Path | None, most: int | None
) -> None:
    """Render a saved plan in another form, without data.

    PLAN is a plan.json, or the folder that holds it.

    \b
    Example:
      prism-rules render plans/2026-03-01/plan.json --to markdown -o comment.md
      prism-rules render plans/2026-03-01 --to sarif -o findings.sarif
      prism-rules render plans/2026-03-01 --template summary.md.j2
    """
    from prism_rules.files import write_atomically
    from prism_rules.render.narrowing import keep_changes

    if template and form:
        raise click.UsageError("--template says itself what is written: leave --to out")
    form = form or "markdown"
    render = None if most is None or template else _narrow(form, most)
    saved, _ = read_saved(plan)
    told = keep_changes(saved) if only_changes else saved
    text = _fill(template, told, most) if template else render_plan(told, form, find_root(plan, saved), render)
    if file is None:
        click.echo(text, nl=False)
    else:
        write_atomically(file, text)


def _fill(template: Path, plan: Plan, most: int | None) -> bytes:
    """Fill a user's template. Raises `Refused`, and `UsageError` where its name says no format."""
    from prism_rules.render.template import MOST, fill_report
    from prism_rules.render.template.formats import FORMATS, find_format
    from prism_rules.source import read_text

    form = find_format(template.name)
    if form is None:
        names = ", ".join(f"{template.name.partition('.')[0] or 'report'}{end}.j2" for end in FORMATS)
        raise click.UsageError(f"the name of a template says what it writes: one of {names}, with or without .j2")
    if most is not None and not 1 <= most <= MOST:
        raise click.UsageError(f"--max-chars {most} is no limit of a template: at least 1, at most {MOST:,}")
    return fill_report(read_text(template), plan, name=template.as_posix(), form=form, most=most).encode()


def _narrow(form: str, most: int) -> Renderer:
    """Narrow a form to so many bytes. Raises `UsageError` where it has no limit, or could not say anything in it."""
    from prism_rules.render.markdown import LEAST, render_markdown

    if form != "markdown":
        raise click.UsageError(f"--max-chars is for --to markdown; --to {form} is never cut")
    if most < LEAST:
        raise click.UsageError(f"--max-chars {most} is too few: the verdict and what is left out take up to {LEAST:,}")
    return partial(render_markdown, most=most)
