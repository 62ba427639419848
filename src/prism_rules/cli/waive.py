"""`waive`: set a finding aside until a day, in the ruleset's own file."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import click

from prism_rules.cli.completion import completing, list_rules
from prism_rules.cli.rewriting import show_diff
from prism_rules.cli.setting import find_setting
from prism_rules.cli.terminal import Terminal, refuse, speaking
from prism_rules.cli.values import Pair
from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.render.saved import read_saved

_GIVEN = {"rule": "RULE", "match": "--match", "until": "--until", "by": "--by", "because": "--because"}
"""Key of a waiver -> where the command line gives it."""
_FINDING = re.compile(r"\S+-[0-9a-f]{12}")


@click.command("waive")
@click.argument("rule", shell_complete=completing(list_rules))
@click.argument("ruleset", required=False, type=click.Path(path_type=Path))
@click.option(
    "--match",
    type=Pair("DIMENSION=VALUE", "class=dent"),
    multiple=True,
    help="A dimension of the rule, and its value or a pattern with *.",
)
@click.option("--until", required=True, help="The first day on which it hides nothing any more: 2026-04-30.")
@click.option("--by", required=True, help="Who waives, such as @org/reliability.")
@click.option("--because", required=True, help="Why, in a sentence.")
@click.option("--id", "name", help="The waiver's id; made of rule and values if not given.")
@click.option("--plan", type=click.Path(path_type=Path), help="A plan; RULE is then the id of one of its findings.")
@speaking
@click.pass_obj
def command(
    terminal: Terminal, rule: str, ruleset: Path | None, match: tuple[tuple[str, str], ...], until: str, by: str,
    because: str, name: str | None, plan: Path | None,
) -> None:  # fmt: skip
    """Waive a rule, or a finding of a plan, until a day.

    The waiver is written into RULESET, or into the one of the prism.yaml here or above. Where there is one for the same
    rule and match, it is renewed. Comments stay as they are.

    \b
    Example:
      prism-rules waive low-confidence --match class=dent --until 2026-04-30 \\
        --by @org/reliability --because "Guideline rewrite under way, DQ-112"
    """
    from prism_rules.formatting import format_source
    from prism_rules.ruleset.waiving import add_waiver
    from prism_rules.source import write_source

    if not by.strip() or not because.strip():
        raise refuse("usage", "a waiver needs who waives and why", help="give --by and --because a text")
    _check_until(until)
    scope = dict(match)
    if len(scope) < len(match):
        raise refuse("usage", "--match is given twice for one dimension; a waiver has one value, or pattern, of each",
                     help="write two waivers, or a pattern that all the values fit: class=scratch-*")  # fmt: skip
    if plan is not None:
        if match:
            raise refuse(
                "usage", "--match and --plan are both given", help="a finding has its own scope: leave out one"
            )
        rule, scope = _find_finding(plan, rule)
    setting = find_setting(ruleset)
    source = setting.read()
    entry = {"rule": rule, "match": scope, "until": until, "by": by, "because": because}
    try:
        chosen, changed, warnings = add_waiver(source, entry, name)
    except Refused as refused:
        unknown = any(each.code == "unknown-rule" for each in refused.diagnostics)
        if plan is None and unknown and _FINDING.fullmatch(rule):
            raise refuse("usage", f"no rule is called `{rule}`, which looks like the id of a finding",
                         context=source.name, help="say which plan it is of: --plan FOLDER") from refused  # fmt: skip
        refused.diagnostics = [_name_given(each, source.name) for each in refused.diagnostics]
        raise
    text = format_source(changed) if format_source(source) == source.text else changed.text
    click.echo(show_diff(setting.ruleset, source.text, text, color=terminal.paints(sys.stdout)), nl=False, color=True)
    write_source(setting.ruleset, source, text)
    terminal.complain(warnings)
    terminal.log(f"`{rule}` is waived until {until}, as `waivers.{chosen}`")


def _name_given(diagnostic: Diagnostic, name: str) -> Diagnostic:
    # The lines of a waiver that is not written are in no file.
    match diagnostic.route:
        case ("waivers", _, *keys):
            given = _GIVEN[str(keys[0])] if keys else "--id" if diagnostic.code == "bad-id" else "--match"
            return replace(diagnostic, labels=(), context=f"{given}; {name} stays as it is")
    return diagnostic


def _check_until(until: str) -> None:
    # A person waives for the time to come, so here the clock counts; what is evaluated never asks it.
    today = datetime.now(UTC).date()
    try:
        end = date.fromisoformat(until)
    except ValueError:
        return  # told with all else that is wrong with the waiver
    if end <= today:
        raise refuse("usage", f"--until {until} is past: the waiver would hide nothing from {today} on",
                     help="name the first day on which the finding counts again")  # fmt: skip


def _find_finding(plan: Path, wanted: str) -> tuple[str, dict[str, str]]:
    findings = {finding.id: finding for finding in read_saved(plan)[0].findings}
    if wanted not in findings:
        help_ = did_you_mean(wanted, findings) or "findings that pass need no waiver; the others are in its plan.json"
        raise refuse("usage", f"the plan has no finding `{wanted}`", context=plan.as_posix(), help=help_)
    return findings[wanted].rule, dict(findings[wanted].scope)
