"""`init`: a project to begin with, which passes check and test and plans at once."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from prism_rules.cli.completion import completing, list_packs
from prism_rules.cli.terminal import Terminal, refuse, speaking
from prism_rules.escaping import show_invisible

if TYPE_CHECKING:
    from prism_rules.starter import Hosting


@click.command("init")
@click.argument("folder", default=".", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "pack",
    metavar="PACK",
    shell_complete=completing(list_packs),
    help="Build on a pack that ships with the tool, such as prism-core.",
)
@click.option(
    "--ci",
    "hosting",
    type=click.Choice(["github", "gitlab", "none"]),
    default="github",
    show_default=True,
    help="For whom to write a pipeline.",
)
@speaking
@click.pass_obj
def command(terminal: Terminal, folder: Path, pack: str | None, hosting: str) -> None:
    """Begin a project: a ruleset with its test, prism.yaml, sample data, a pipeline, hooks.

    Without FOLDER it is begun here. No file that exists is touched.

    \b
    Example:
      prism-rules init quality
      prism-rules init quality --from prism-core --ci gitlab
    """
    from prism_rules import __version__
    from prism_rules.files import make_folder, write_atomically
    from prism_rules.schemas import name_file, write_schema
    from prism_rules.starter import SHARED, list_sources, write_texts
    from prism_rules.starter.data import write_parquet

    pinned = _pin(pack) if pack else None
    texts = write_texts(_name_ruleset(folder), __version__, pinned, cast("Hosting", hosting))
    kept = [path for path in texts if path in SHARED and (folder / path).exists()]
    files = {path: data for path, data in texts.items() if path not in kept}
    files |= {f".prism/{name_file(name)}": write_schema(name).encode() for name in ("ruleset", "project", "test")}
    files |= {f"data/{source}.parquet": write_parquet(source) for source in list_sources(pinned)}
    taken = [path for path in files if os.path.lexists(folder / path)]
    if taken:
        raise refuse(
            "foreign-file",
            f"{', '.join(f'`{path}`' for path in taken)} would be written over",
            context=folder.as_posix(),
            help="begin in another folder, or move them away",
            exit_code=8,
        )
    for path, data in files.items():
        make_folder((folder / path).parent)
        write_atomically(folder / path, data)
        terminal.log(f"wrote {(folder / path).as_posix()}", level=1)
    for path in kept:
        terminal.log(f"left {(folder / path).as_posix()} as it is")
    shown = show_invisible(shlex.quote(folder.as_posix()))
    is_here = os.path.realpath(folder) == os.getcwd()
    where = "" if is_here else f"cd {shown} && "
    click.echo(f"{len(files)} files {'here' if is_here else f'in {shown}'}. Next:")
    click.echo(f"  {where}prism-rules check && prism-rules test && prism-rules plan")


def _name_ruleset(folder: Path) -> str:
    from prism_rules.model.identity import make_slug

    return make_slug(os.path.basename(os.path.realpath(folder))) or "reliability"


def _pin(pack: str) -> str:
    from prism_rules.diagnostics.suggest import did_you_mean
    from prism_rules.ruleset.composing.packs import find_packs, read_pack, suggest_pin

    packs = find_packs()
    if pack not in packs:
        raise refuse("unknown-pack", f"no pack is called `{pack}`", help=did_you_mean(pack, packs))
    return suggest_pin(pack, read_pack(pack, packs[pack])[1])
