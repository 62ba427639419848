"""`metrics`: the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from prism_rules.cli.completion import completing, list_roles
from prism_rules.cli.terminal import Terminal, refuse, speaking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prism_rules.metrics import Metric


@click.command("metrics")
@click.option(
    "--role",
    metavar="ROLE",
    shell_complete=completing(list_roles),
    help="Only those that are measured on sources of this role.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people or machines.")
@speaking
@click.pass_obj
def command(terminal: Terminal, role: str | None, form: str) -> None:
    """List the metrics that rules can name.

    \b
    Example:
      prism-rules metrics --role annotations
      prism-rules explain krippendorff_alpha
    """
    from prism_rules.diagnostics.suggest import did_you_mean
    from prism_rules.metrics import METRICS
    from prism_rules.metrics.pages import describe_metrics
    from prism_rules.model.ruleset import FIELDS

    if role is not None and role not in FIELDS:
        raise refuse("usage", f"sources have no role `{role}`", help=did_you_mean(role, FIELDS))
    metrics = [metric for metric in METRICS.values() if role is None or role in metric.roles]
    if form == "json":
        click.echo(describe_metrics(metrics).model_dump_json(indent=2))
    else:
        click.echo(_tell_catalogue(metrics, terminal.measure()))


def _tell_catalogue(metrics: Sequence[Metric], width: int) -> str:
    """Tell each metric in a line under its subject."""
    from prism_rules.columns import tabulate, wrap_text
    from prism_rules.metrics.pages import group_metrics

    names = max(len(metric.name) for metric in metrics)
    blocks = [
        tabulate(
            [subject.upper().ljust(names), ""],
            [[metric.name, metric.title] for metric in group],
            width=width,
            prose=True,
        )
        for subject, group in group_metrics(metrics).items()
    ]
    return "\n\n".join([*blocks, *wrap_text("`prism-rules explain METRIC` shows the page of one of them.", width)])
