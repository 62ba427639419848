"""`schema`: the JSON Schemas of what is read and written."""

from __future__ import annotations

from pathlib import Path

import click

from prism_rules.cli.terminal import Ending, Terminal, refuse, speaking
from prism_rules.diagnostics.suggest import did_you_mean


@click.command("schema")
@click.argument("name", required=False)
@click.option("--check", is_flag=True, help="Check that the shipped schemas say what the program does.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write the schemas into this folder.")
@speaking
@click.pass_obj
def command(terminal: Terminal, name: str | None, check: bool, out: Path | None) -> Ending | None:
    """Show, check or write the JSON Schemas.

    NAME is ruleset, project, test, plan or ledger; without it, all of them.

    \b
    Example:
      prism-rules schema ruleset > ruleset.schema.json
      prism-rules schema --out schemas
    """
    from prism_rules.schemas import MODELS, list_stale, write_schema, write_schemas

    if name is not None and name not in MODELS:
        raise refuse("usage", f"there is no schema `{name}`", help=did_you_mean(name, MODELS))
    names = [name] if name else list(MODELS)
    if out is not None:
        for path in write_schemas(out, names):
            terminal.log(f"wrote {path.as_posix()}")
    elif check:
        stale = list_stale(names)
        click.echo("\n".join(f"stale: {file}" for file in stale) or f"fresh: {', '.join(names)}")
        return Ending(1, "`prism-rules schema --out schemas` writes them anew") if stale else None
    elif name:
        click.echo(write_schema(name), nl=False)
    else:
        click.echo("\n".join(names))
    return None
