"""`show`: the resolved ruleset, with every effective bound and the line that it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.completion import completing, list_classes, list_rules
from prism_rules.cli.setting import find_setting
from prism_rules.cli.terminal import Terminal, refuse, speaking

if TYPE_CHECKING:
    from prism_rules.ruleset import Resolved


@click.command("show")
@click.argument("ruleset", required=False, type=click.Path(path_type=Path))
@click.option(
    "--rule",
    "named",
    multiple=True,
    metavar="RULE",
    shell_complete=completing(list_rules),
    help="Show the bounds of this rule alone. Repeatable.",
)
@click.option(
    "--class",
    "only",
    metavar="CLASS",
    shell_complete=completing(list_classes),
    help="Show the bounds of this class alone.",
)
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@click.option("--graph", is_flag=True, help="Draw rules, causes and actions as a Mermaid flowchart instead.")
@speaking
@click.pass_obj
def command(
    terminal: Terminal, ruleset: Path | None, named: tuple[str, ...], only: str | None, form: str, graph: bool
) -> None:
    """Show the resolved ruleset: which bound judges what, where it is written, and what it wins over.

    Without RULESET, that of the prism.yaml here or above.

    \b
    Example:
      prism-rules show --rule class-agreement
      prism-rules show --class dent
      prism-rules show --graph > ruleset.mmd
    """
    from prism_rules import __version__

    if graph and (named or only or form == "json"):
        raise refuse("usage", "--graph draws the whole ruleset, as Mermaid or inside of Markdown",
                     help="leave out --rule, --class and --format json")  # fmt: skip
    resolved = find_setting(ruleset).load()
    rules = _pick_rules(resolved, named, only)
    if graph:
        from prism_rules.manual.graph import draw_ruleset

        drawn = draw_ruleset(resolved)
        text = f"```mermaid\n{drawn}```\n" if form == "markdown" else drawn
    elif form == "json":
        from prism_rules.manual.document import describe_ruleset

        text = describe_ruleset(resolved, __version__, rules=rules, only=only).model_dump_json(indent=2) + "\n"
    elif form == "markdown":
        from prism_rules.manual.markdown import write_bounds

        text = write_bounds(resolved, rules=rules, only=only)
    else:
        from prism_rules.manual.text import tell_ruleset

        text = tell_ruleset(resolved, rules=rules, only=only, whole=not (named or only), width=terminal.measure())
    click.echo(text.encode(), nl=False)


def _pick_rules(resolved: Resolved, named: tuple[str, ...], only: str | None) -> tuple[str, ...]:
    """Pick the rules that are named, whatever they tell apart; else all, or all that tell classes apart."""
    from prism_rules.ruleset.renames import suggest_name

    model = resolved.model
    off = {each.id: each.why for each in resolved.off if each.kind == "rule"}
    for name in named:
        if name not in model.rules:
            message = f"the rule `{name}` is off: {off[name]}" if name in off else f"there is no rule `{name}`"
            raise refuse("unknown-rule", message, context=f"--rule {name}",
                         help=None if name in off else suggest_name(model, "rules", name))  # fmt: skip
    if only is not None and model.classes and only not in model.classes:
        raise refuse("unknown-class", f"there is no class `{only}`", context=f"--class {only}",
                     help=suggest_name(model, "classes", only))  # fmt: skip
    return tuple(n for n, rule in model.rules.items()
                 if (n in named if named else only is None or {"class", "family"} & {*rule.by}))  # fmt: skip
