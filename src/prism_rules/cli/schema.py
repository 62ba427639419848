"""`schema`: the JSON Schemas of what is read and written."""

from __future__ import annotations

from pathlib import Path

import click

from prism_rules.cli.completion import completing, list_schemas
from prism_rules.cli.terminal import Ending, Terminal, refuse, speaking
from prism_rules.diagnostics.suggest import did_you_mean


@click.command("schema")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=completing(list_schemas))
@click.option("--check", is_flag=True, help="Check that the shipped schemas say what the program does.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write the schemas into this folder.")
@speaking
@click.pass_obj
def command(terminal: Terminal, names: tuple[str, ...], check: bool, out: Path | None) -> Ending | None:
    """Show, check or write the JSON Schemas.

    NAME is ruleset, project, test, plan, ledger, ledger-state, trace or metrics. Without it, --out and --check mean
    all of them, and else their names are listed.

    \b
    Example:
      prism-rules schema --out .prism        for editors to complete and check by
      prism-rules schema ruleset > ruleset.schema.json
    """
    from prism_rules.schemas import MODELS, list_stale, write_schema, write_schemas

    for name in names:
        if name not in MODELS:
            raise refuse("usage", f"there is no schema `{name}`", help=did_you_mean(name, MODELS))
    meant = names or tuple(MODELS)
    if out is not None:
        for path in write_schemas(out, meant):
            terminal.log(f"wrote {path.as_posix()}")
    elif check:
        stale = list_stale(meant)
        click.echo("\n".join(f"stale: {file}" for file in stale) or f"fresh: {', '.join(meant)}")
        return Ending(1, "`prism-rules schema --out schemas` writes them anew") if stale else None
    elif len(names) > 1:
        raise refuse("usage", "one schema is shown at a time", help="write several into a folder with `--out DIR`")
    elif names:
        click.echo(write_schema(names[0]), nl=False)
    else:
        click.echo("\n".join(meant))
    return None
