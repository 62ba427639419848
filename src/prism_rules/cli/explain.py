"""`explain`: the page of a code or of a metric, an entry of the ruleset in words, and why an entry of a plan is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.completion import completing, list_explained
from prism_rules.cli.setting import find_setting
from prism_rules.cli.terminal import Terminal, refuse, speaking
from prism_rules.diagnostics import Refused
from prism_rules.diagnostics.pages import all_codes, read_page
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.escaping import show_plain
from prism_rules.render.saved import read_saved

if TYPE_CHECKING:
    from collections.abc import Collection

    from prism_rules.ruleset import Resolved

_KINDS = {"codes": "diagnostic", "metrics": "metric", "rules": "rule", "causes": "cause", "actions": "action"}
_MOST = 40
"""Entries of a plan that are listed."""
_PLANNED = re.compile("-[0-9a-f]{12}$")
_ENTRIES = ("rules", "causes", "actions")


@click.command("explain")
@click.argument("name", shell_complete=completing(list_explained))
@click.option("--ruleset", type=click.Path(path_type=Path), help="The ruleset whose entries may be named.")
@click.option("--plan", type=click.Path(path_type=Path), help="A saved plan, whose findings and actions may be named.")
@click.option("--sql", is_flag=True, help="With --plan: print the SQL that measured it.")
@speaking
@click.pass_obj
def command(terminal: Terminal, name: str, ruleset: Path | None, plan: Path | None, sql: bool) -> None:
    """Say what something is, or with --plan why it is so.

    NAME is a diagnostic code, the word in brackets behind `error` or `warning`; or a metric; or a rule, a cause or an
    action of the ruleset of the prism.yaml here or above. A code goes first; where others are called alike:
    `rules.NAME`, `causes.NAME`, `actions.NAME`, `metrics.NAME`, `codes.NAME`.

    With --plan, NAME is the id of a finding, a diagnosis or an action of that plan, or the beginning of one; or a
    rule, a cause or an action, of which all places are listed with their ids.

    \b
    Example:
      prism-rules explain duplicate-key
      prism-rules explain krippendorff_alpha
      prism-rules explain rules.class-agreement --ruleset rulesets/surface.yaml
      prism-rules explain class-agreement-dent-3ef87be8548e --plan plans/today
    """
    if plan:
        if ruleset:
            raise refuse("usage", "--ruleset and --plan cannot be given together",
                         help="an entry of a plan is told by the plan alone")  # fmt: skip
        click.echo(_tell_planned(name, plan, terminal.measure(), sql=sql).encode(), nl=False)
        return
    if sql:
        raise refuse("usage", "--sql needs --plan", help="a plan has the queries that measured it")
    from prism_rules.metrics import METRICS

    section, dot, rest = name.partition(".")
    asked, wanted = ([section], rest) if dot and section in _KINDS else ([*_KINDS], name)
    known: dict[str, Collection[str]] = {"codes": all_codes(), "metrics": METRICS}
    resolved = None
    shipped = [one for one in asked if wanted in known.get(one, ())]
    # A code is what messages ask to look up, whatever a rule may be called; and no id holds a `_`.
    if asked[-1] in _ENTRIES and not ("codes" in shipped or (shipped and "_" in wanted)):
        try:
            resolved = _load(ruleset, needed=asked[0] in _ENTRIES)
        except Refused:
            if ruleset or not shipped:
                raise
    if resolved:
        off = [(f"{each.kind}s", each.id) for each in resolved.off]
        known |= {
            one: [*getattr(resolved.model, one), *(id_ for section, id_ in off if section == one)] for one in _ENTRIES
        }
    found = [one for one in asked if wanted in known.get(one, ())]
    if len(found) != 1:
        raise _refuse(wanted, asked, found, known, resolved)
    click.echo(_tell(found[0], wanted, resolved, terminal.measure()).encode(), nl=False)


def _tell_planned(name: str, place: Path, width: int, *, sql: bool) -> str:
    """Tell an entry of a saved plan; of several that a name has, list them to choose from."""
    from prism_rules.columns import count_left, tabulate
    from prism_rules.render.screen import find_entries, list_beginnings, list_rows, tell_entry, tell_queries

    plan, _ = read_saved(place)
    found = find_entries(plan, name)
    if not found:
        raise refuse("unknown-id", f"the plan has no finding, diagnosis or action `{show_plain(name)}`",
                     help=did_you_mean(name, list_beginnings(plan)) or "`plan.json` has the ids; a rule, a cause or an "
                     "action lists its own")  # fmt: skip
    if len(found) > 1:
        table = tabulate(["STATE", "WHERE", "ID"], list_rows(plan, found[:_MOST]), width=width, firm=(0,))
        return "\n".join([table, *count_left(found, _MOST)]) + "\n"
    return tell_queries(plan, found[0]) if sql else tell_entry(plan, found[0], width)


def _load(ruleset: Path | None, *, needed: bool) -> Resolved | None:
    from prism_rules.ruleset.project import find_project

    return find_setting(ruleset).load() if ruleset or needed or find_project(Path.cwd()) else None


def _tell(section: str, name: str, resolved: Resolved | None, width: int) -> str:
    from prism_rules.columns import PROSE, wrap_page

    if section == "codes":
        return wrap_page(read_page(name), min(width, PROSE))
    if section == "metrics":
        from prism_rules.metrics import METRICS
        from prism_rules.metrics.pages import write_page

        return wrap_page(write_page(METRICS[name]), min(width, PROSE))
    from prism_rules.manual.entry import tell_entry

    assert resolved is not None, "the entry was found in it"
    return tell_entry(resolved, section, name, width)


def _refuse(
    name: str, asked: list[str], found: list[str], known: dict[str, Collection[str]], resolved: Resolved | None
) -> Refused:
    if found:
        meant = [f"`{section}.{name}` for the {_KINDS[section]}" for section in found]
        return refuse("ambiguous-name", f"several things are called `{name}`", help=f"say {' or '.join(meant)}")
    if _PLANNED.search(name):
        return refuse("unknown-id", f"`{show_plain(name)}` is the id of an entry of a plan, and no plan is named",
                      help="name the plan as well: `--plan plans/2026-03-01`")  # fmt: skip
    near = _say_renamed(name, asked, resolved) or did_you_mean(
        name, [each for section in asked for each in known.get(section, ())]
    )
    if len(asked) == 1:
        return refuse(f"unknown-{asked[0][:-1]}", f"there is no {_KINDS[asked[0]]} `{name}`", help=near)
    *kinds, last = [_KINDS[section] for section in asked if section in known]
    kinds[0] = f"no {kinds[0]}"
    return refuse("unknown-code", f"{', '.join(kinds)} or {last} is called `{name}`",
                  help=near or "`prism-rules metrics` lists the metrics, `prism-rules show` the ruleset")  # fmt: skip


def _say_renamed(name: str, asked: list[str], resolved: Resolved | None) -> str | None:
    from prism_rules.ruleset.renames import list_renames, say_renamed

    renames = list_renames(resolved.model) if resolved else None
    said = (say_renamed(renames, section, name) for section in asked if renames)
    return next(filter(None, said), None)
