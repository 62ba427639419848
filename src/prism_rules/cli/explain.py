"""`explain`: the page of a diagnostic code or of a metric; a rule, a cause or an action in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.setting import find_setting
from prism_rules.cli.terminal import refuse, speaking
from prism_rules.diagnostics import Refused
from prism_rules.diagnostics.pages import all_codes, read_page
from prism_rules.diagnostics.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection

    from prism_rules.ruleset import Resolved

_KINDS = {"codes": "diagnostic", "metrics": "metric", "rules": "rule", "causes": "cause", "actions": "action"}
_ENTRIES = ("rules", "causes", "actions")


@click.command("explain")
@click.argument("name")
@click.option("--ruleset", type=click.Path(path_type=Path), help="The ruleset whose entries may be named.")
@speaking
def command(name: str, ruleset: Path | None) -> None:
    """Say what something is: a diagnostic code, a metric; a rule, a cause or an action of the ruleset.

    NAME is the word in brackets behind `error` or `warning`, or a metric, or an entry of the ruleset of the
    prism.yaml here or above. Where two are called alike: `rules.NAME`, `causes.NAME`, `actions.NAME`,
    `metrics.NAME`, `codes.NAME`.

    \b
    Example:
      prism-rules explain duplicate-key
      prism-rules explain krippendorff_alpha
      prism-rules explain rules.class-agreement --ruleset rulesets/surface.yaml
    """
    from prism_rules.metrics import METRICS

    section, dot, rest = name.partition(".")
    asked, wanted = ([section], rest) if dot and section in _KINDS else ([*_KINDS], name)
    known: dict[str, Collection[str]] = {"codes": all_codes(), "metrics": METRICS}
    resolved = None
    try:
        resolved = _load(ruleset, needed=asked[0] in _ENTRIES)
    except Refused:
        # Who asks what is wrong with a ruleset must be told, broken as it is.
        if ruleset or not any(wanted in known.get(one, ()) for one in asked):
            raise
    if resolved:
        off = [(f"{each.kind}s", each.id) for each in resolved.off]
        known |= {
            one: [*getattr(resolved.model, one), *(id_ for section, id_ in off if section == one)] for one in _ENTRIES
        }
    found = [one for one in asked if wanted in known.get(one, ())]
    if len(found) != 1:
        raise _refuse(wanted, asked, found, known, resolved)
    click.echo(_tell(found[0], wanted, resolved).encode(), nl=False)


def _load(ruleset: Path | None, *, needed: bool) -> Resolved | None:
    from prism_rules.ruleset.project import find_project

    return find_setting(ruleset).load() if ruleset or needed or find_project(Path.cwd()) else None


def _tell(section: str, name: str, resolved: Resolved | None) -> str:
    if section == "codes":
        return read_page(name)
    if section == "metrics":
        from prism_rules.metrics import METRICS
        from prism_rules.metrics.pages import write_page

        return write_page(METRICS[name])
    from prism_rules.manual.entry import tell_entry

    assert resolved is not None, "the entry was found in it"
    return tell_entry(resolved, section, name)


def _refuse(
    name: str, asked: list[str], found: list[str], known: dict[str, Collection[str]], resolved: Resolved | None
) -> Refused:
    if found:
        meant = [f"`{section}.{name}` for the {_KINDS[section]}" for section in found]
        return refuse("ambiguous-name", f"several things are called `{name}`", help=f"say {' or '.join(meant)}")
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
