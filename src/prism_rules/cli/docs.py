"""`docs`: a ruleset's manual."""

from __future__ import annotations

from pathlib import Path

import click

from prism_rules.cli.setting import find_setting
from prism_rules.cli.terminal import Ending, Terminal, refuse, speaking


@click.command("docs")
@click.argument("ruleset", required=False, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the manual to this file."
)
@click.option("--check", is_flag=True, help="Check that the file of -o is what would be written.")
@speaking
@click.pass_obj
def command(terminal: Terminal, ruleset: Path | None, file: Path | None, check: bool) -> Ending | None:
    """Write a ruleset's manual as Markdown, for people who never read YAML.

    Without RULESET, that of the prism.yaml here or above. Ends with 1 if --check finds the file stale or missing.

    \b
    Example:
      prism-rules docs -o docs/ruleset.md
      prism-rules docs -o docs/ruleset.md --check
    """
    from prism_rules.files import write_atomically
    from prism_rules.manual.page import write_manual

    if check and file is None:
        raise refuse("usage", "--check needs the file to check", help="name it: `-o docs/ruleset.md --check`")
    text = write_manual(find_setting(ruleset).load())
    if file is None:
        click.echo(text.encode(), nl=False)
    elif check:
        fresh = file.is_file() and file.read_bytes().replace(b"\r\n", b"\n") == text.encode()
        click.echo(f"{'fresh' if fresh else 'stale'}: {file.as_posix()}")
        return None if fresh else Ending(1, f"`prism-rules docs -o {file.as_posix()}` writes it anew")
    elif file.exists() and not _holds_manual(file):
        raise refuse("foreign-file", f"`{file.as_posix()}` holds something else than a manual", context=file.as_posix(),
                     help="name another file, or remove this one", exit_code=8)  # fmt: skip
    else:
        write_atomically(file, text.encode())
        terminal.log(f"wrote {file.as_posix()}")
    return None


def _holds_manual(file: Path) -> bool:
    from prism_rules.manual.page import MARK

    return file.is_file() and (MARK.encode() in (held := file.read_bytes()) or not held.strip())
