"""`explain`: the page of a diagnostic code, or of a metric."""

from __future__ import annotations

import click

from prism_rules.cli.terminal import refuse, speaking
from prism_rules.diagnostics.pages import all_codes, read_page
from prism_rules.diagnostics.suggest import did_you_mean


@click.command("explain")
@click.argument("name")
@speaking
def command(name: str) -> None:
    """Show the page of a diagnostic code, or of a metric.

    NAME is the word in brackets behind `error` or `warning`: its page says what it means and how to mend it. Or it
    is a metric: its page says what it is, when it misleads, and which bounds are usual.

    \b
    Example:
      prism-rules explain duplicate-key
      prism-rules explain krippendorff_alpha
    """
    if name in all_codes():
        click.echo(read_page(name), nl=False)
        return
    from prism_rules.metrics import METRICS
    from prism_rules.metrics.pages import write_page

    if name not in METRICS:
        near = did_you_mean(name, [*all_codes(), *METRICS])
        raise refuse(
            "unknown-code",
            f"neither a diagnostic nor a metric is called `{name}`",
            help=near or "`prism-rules metrics` lists the metrics",
        )
    click.echo(write_page(METRICS[name]), nl=False)
