"""`explain`: the page of a diagnostic code."""

from __future__ import annotations

import click

from prism_rules.cli.terminal import refuse, speaking
from prism_rules.diagnostics.pages import all_codes, read_page
from prism_rules.diagnostics.suggest import did_you_mean


@click.command("explain")
@click.argument("code")
@speaking
def command(code: str) -> None:
    """Show the page of a diagnostic code.

    CODE is the word in brackets behind `error` or `warning`; its page says what it means and how to mend it.

    \b
    Example:
      prism-rules explain duplicate-key
    """
    if code not in all_codes():
        raise refuse("unknown-code", f"no diagnostic has the code `{code}`", help=did_you_mean(code, all_codes()))
    click.echo(read_page(code), nl=False)
