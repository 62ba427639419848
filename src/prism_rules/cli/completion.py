"""Shell completion: what click knows of commands, options, choices and files, and names from the files that are here.

Whoever completes is in the middle of a line: whatever goes wrong then completes nothing, and says nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, shell_complete, split_arg_string

from prism_rules.cli.terminal import Ending, Terminal

if TYPE_CHECKING:
    from prism_rules.model.plan import Plan
    from prism_rules.ruleset import Resolved

VARIABLE = "_PRISM_RULES_COMPLETE"
"""Set by a shell that asks: to "bash_source" for its script, to "bash_complete" for what a word may become."""

Complete = Callable[[click.Context, click.Parameter, str], list["CompletionItem[str]"]]


class _Bash(BashComplete):
    """Bash, which splits words at `=` and `:`, and completes the last piece alone."""

    # A source's name is followed by its path.
    source_template = BashComplete.source_template.replace(
        "COMPREPLY+=($value)", "COMPREPLY+=($value)\n            [[ $value == *= ]] && compopt -o nospace"
    )
    _lead = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        words, cursor = split_arg_string(os.environ["COMP_WORDS"]), int(os.environ["COMP_CWORD"])
        if words[cursor:] and words[cursor].startswith("--") and "=" in words[cursor]:
            self._lead = words[cursor].partition("=")[0] + "="  # it was not split: COMP_WORDBREAKS has no `=`
        joined: list[str] = []
        for word in words[1 : cursor + 1]:
            if joined and (word in ("=", ":") or joined[-1].endswith(("=", ":"))):
                joined[-1] += word
            else:
                joined.append(word)
        return (joined[:-1], joined[-1]) if words[cursor:] else (joined, "")

    def format_completion(self, item: CompletionItem[str]) -> str:
        return f"{item.type},{self._lead if item.type == 'plain' else ''}{item.value}"


def answer_shell(group: click.Group, asked: str) -> Ending | None:
    """Answer a shell on stdout: with the script to evaluate, or with what the word at the cursor may become."""
    try:
        add_completion_class(_Bash)
        failed = shell_complete(group, {"obj": Terminal(verbosity=-1)}, "prism-rules", VARIABLE, asked)
    except Exception:
        return None
    return Ending(2, f"{VARIABLE}: only bash, zsh and fish are known") if failed else None


def completing(find: Callable[[click.Context], Iterable[str]]) -> Complete:
    """Make a parameter complete names: those of which the word is the beginning, in order."""

    def complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        return [CompletionItem(name) for name in sorted({*find(context)}) if name.startswith(incomplete)]

    return complete


def complete_file(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete a file where other words are taken too, such as REF:FILE."""
    return [CompletionItem(incomplete, type="file")]


def complete_data(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete NAME=PATH: the sources' names, then a file."""
    if "=" in incomplete:
        return [CompletionItem(incomplete.partition("=")[2], type="file")]
    return completing(lambda context: [f"{name}=" for name in _load(context).model.sources])(
        context, parameter, incomplete
    )


def list_classes(context: click.Context) -> list[str]:
    """List the classes that the ruleset declares."""
    return [*_load(context).model.classes]


def list_roles(_: click.Context) -> Iterable[str]:
    """List the roles of sources."""
    from prism_rules.model.ruleset import FIELDS

    return FIELDS


def list_schemas(_: click.Context) -> Iterable[str]:
    """List the names of the schemas."""
    from prism_rules.schemas import MODELS

    return MODELS


def list_packs(_: click.Context) -> Iterable[str]:
    """List the packs that ship."""
    from prism_rules.ruleset.composing.packs import find_packs

    return find_packs()


def list_rules(context: click.Context) -> list[str]:
    """List the rules; with a --plan, the ids of its findings."""
    if plan := _read_path(context, "plan"):
        return [finding.id for finding in _read_plan(plan).findings]
    return [*_load(context).model.rules]


def list_explained(context: click.Context) -> list[str]:
    """List what `explain` explains: codes, metrics, and entries of the ruleset; with a --plan, the ids of its own."""
    from prism_rules.diagnostics.pages import all_codes
    from prism_rules.metrics import METRICS

    if plan := _read_path(context, "plan"):
        from prism_rules.render.screen.references import list_entries

        return [entry.id for entry in list_entries(_read_plan(plan))]
    names = [*all_codes(), *METRICS]
    try:
        model = _load(context).model
    except Exception:  # codes and metrics need no ruleset, and a broken one least of all
        return names
    return [*names, *model.rules, *model.causes, *model.actions]


def list_actions(context: click.Context) -> list[str]:
    """List the recorded actions, by id and by name."""
    from prism_rules.cli.ledger import list_names, load_model, locate_ledger, read_states
    from prism_rules.ledger import read_ledger

    return list_names(read_states(read_ledger(locate_ledger(_read_path(context, "ledger"))), load_model()))


def _load(context: click.Context) -> Resolved:
    from prism_rules.cli.setting import find_setting

    return find_setting(_read_path(context, "ruleset")).load()


def _read_plan(path: Path) -> Plan:
    from prism_rules.render.saved import read_saved

    return read_saved(path)[0]


def _read_path(context: click.Context, name: str) -> Path | None:
    given = context.params.get(name)
    return given if isinstance(given, Path) else None
