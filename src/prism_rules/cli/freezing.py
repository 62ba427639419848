"""`test --from-finding`: a finding of a saved plan as a rule test."""

from __future__ import annotations

import os
from pathlib import Path

import click

from prism_rules.cli.setting import find_setting
from prism_rules.cli.terminal import Terminal
from prism_rules.diagnostics.text import say_count
from prism_rules.render.saved import read_saved


def echo_frozen(terminal: Terminal, plan: Path, finding: str) -> None:
    """Write the test of a finding to stdout, for a file beside the ruleset. Raises `Refused`."""
    from prism_rules.ruleset.people import KEY
    from prism_rules.ruletests.freezing import freeze_finding

    setting = find_setting(None)
    resolved = setting.load()
    saved, _ = read_saved(plan)
    places = setting.place_data({})
    with terminal.working(f"looking for the fewest rows that give {finding}"), setting.placing():
        frozen = freeze_finding(
            resolved, saved, finding, places.every,
            root=setting.root, confined=places.confined, ruleset=setting.ruleset.name,
            key=os.environ.get(KEY),
        )  # fmt: skip
    click.echo(frozen.text, nl=False)
    left = f"{say_count(frozen.rows, 'row')} of {frozen.taken:,} {'is' if frozen.rows == 1 else 'are'} left"
    terminal.log(f"{left}, after {say_count(frozen.trials, 'trial')}")
    if frozen.early:
        terminal.log("there were no more trials: fewer rows may do")
