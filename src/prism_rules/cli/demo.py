"""`demo`: the glare case on made data, three cycles, with what people decided between them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.decide import Decided, Event, append_decision
from prism_rules.cli.plan import run_plan
from prism_rules.cli.setting import Setting
from prism_rules.cli.terminal import Terminal, speaking

if TYPE_CHECKING:
    from prism_rules.demo.generate import Cycle
    from prism_rules.model.plan import ActionEntry, Plan

INDEX = "demo.json"

_Decisions = tuple[tuple[str, Event, str, str, str], ...]
"""Action, decision, when, by whom, why."""

_AFTER_1: _Decisions = (
    ("review-set", "approved", "2026-03-02T09:00:00Z", "@org/reliability", "the queue fits this week's review hours"),
    ("guidance", "approved", "2026-03-02T09:10:00Z", "@org/labels-metal", "these cases show where the guide is silent"),
    ("recalibrate", "approved", "2026-03-02T09:15:00Z", "@org/labels-metal", "they split where glare hides the edge"),
    ("refresh-validation", "approved", "2026-03-02T09:20:00Z", "@org/reliability", "it never saw the new lighting"),
    ("review-set", "done", "2026-03-05T16:00:00Z", "@org/reliability", "all rows of the queue are reviewed"),
    ("guidance", "done", "2026-03-06T15:00:00Z", "@org/labels-metal", "guide v4 says how to read an edge under glare"),
    ("recalibrate", "done", "2026-03-10T12:00:00Z", "@org/labels-metal", "all agree on the calibration batch"),
    ("refresh-validation", "done", "2026-03-12T09:00:00Z", "@org/reliability", "plant 2's images are in it"),
)
_AFTER_2: _Decisions = (
    ("relabel", "approved", "2026-03-23T09:00:00Z", "@org/labels-metal", "they agree; two more join on 2026-03-30"),
    ("review-set", "done", "2026-03-25T16:00:00Z", "@org/reliability", "all rows of the second queue are reviewed"),
    ("guidance", "reopened", "2026-04-02T10:00:00Z", "@org/labels-metal", "those who joined ask what it does not say"),
    ("guidance", "done", "2026-04-08T15:00:00Z", "@org/labels-metal", "guide v5 shows where scratches end under glare"),
)
_BEFORE: dict[Cycle, _Decisions] = {1: (), 2: _AFTER_1, 3: _AFTER_2}

_FIGURES = (
    ("family-confidence", {"family": "affected", "site": "plant-2"}, "mean confidence at plant-2, affected classes"),
    ("low-confidence", {"class": "surface-scratch", "site": "plant-2"}, "mean confidence at plant-2, surface-scratch"),
    ("class-agreement", {"class": "surface-scratch"}, "agreement of reviewers on surface-scratch"),
)
_WATCHED = ("recalibrate", "relabel")


@click.command("demo")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Folder to write."
)
@speaking
@click.pass_obj
def command(terminal: Terminal, out: Path) -> None:
    """Write an example into a folder and run its three cycles.

    The data are made from a fixed seed; what is told is read from the plans. A folder of an earlier run is replaced.

    \b
    Example:
      prism-rules demo --out demo
    """
    from tempfile import TemporaryDirectory

    from prism_rules.ledger.lock import LOCK
    from prism_rules.output import prepare, write_folder
    from prism_rules.progress import Phase
    from prism_rules.render.verdict import tell_verdict

    prepare(out, index=INDEX)
    with TemporaryDirectory(prefix="prism-rules-demo-") as made:
        folder = Path(made)
        plans = []
        with terminal.working("making the data of three cycles and planning on it") as tell:
            for cycle in _BEFORE:
                tell(Phase(f"making the data of cycle {cycle} of {len(_BEFORE)} and planning on it"))
                plans.append(run_cycle(folder, cycle))
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != LOCK]
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    write_folder(out, {**files, INDEX: _list_files(files)}, index=INDEX)
    for number, (plan, place) in enumerate(plans, 1):
        report = (out / place / "report.md").as_posix()
        click.echo(f"Cycle {number}. {tell_verdict(plan)}\n{tell_figures(plan)}\n  report: {report}\n")
    click.echo(f"The project is in {out.as_posix()}/: try `prism-rules plan` in a copy of it.")


def run_cycle(folder: Path, cycle: Cycle) -> tuple[Plan, Path]:
    """Run a cycle in the project's folder, after what was decided before it; give its plan and where it is."""
    from shutil import copyfile

    from prism_rules.demo.generate import AS_OF, write_cycle
    from prism_rules.output import replaced_folder
    from prism_rules.pipeline.recording import record
    from prism_rules.ruleset import load_project

    write_cycle(folder / "data", cycle)
    if cycle == 1:
        for name in ("surface-inspection.yaml", "surface-inspection.test.yaml", "prism.yaml", "summary.md.j2"):
            copyfile(find_example() / name, folder / name)
    for action, event, at, by, because in _BEFORE[cycle]:
        append_decision(folder / "ledger", action, Decided(event, by, because, datetime.fromisoformat(at)))
    setting = Setting(folder, folder / "surface-inspection.yaml", load_project(folder / "prism.yaml"))
    resolved = setting.load()
    place = setting.locate_out(resolved, AS_OF[cycle])
    outcome = run_plan(setting, resolved, {}, as_of=AS_OF[cycle], ledger=setting.ledger, baseline=None)
    assert place is not None, "the example's prism.yaml names its output folder"
    with replaced_folder(place, outcome.files):
        record(outcome, folder / "ledger")
    return outcome.plan, Path(setting.show(place))


def tell_figures(plan: Plan) -> str:
    """Tell what the case is about, as the plan has it: values with what they are compared with, and two actions."""
    from prism_rules.wording import name_scope

    lines = [f"  {words}: {_find_value(plan, rule, scope)}" for rule, scope, words in _FIGURES]
    lines += [
        f"  {action.action} {name_scope(action.scope)}: {action.state}{_recall_past(action)}"
        for name in _WATCHED for action in plan.actions
        if action.action == name and action.scope == _FIGURES[2][1]
    ]  # fmt: skip
    return "\n".join(lines)


def _recall_past(action: ActionEntry) -> str:
    ends = [step for step in action.history if step.event in ("verified", "closed") and step.at]
    past = f" ({ends[-1].event} on {(ends[-1].at or '')[:10]})" if ends else ""
    return f", episode {action.episode}{past}" if action.episode > 1 else ""


def find_example() -> Path:
    """Find the example that ships."""
    from prism_rules.files import find_packaged

    return find_packaged("examples") / "glare"


def _find_value(plan: Plan, rule: str, scope: dict[str, str]) -> str:
    from prism_rules.render.words import format_beside, format_number

    for finding in plan.findings:
        if (finding.rule, finding.scope) == (rule, scope):
            base = finding.baseline.value if finding.baseline else None
            before = f"{format_number(base)} -> " if base is not None else ""
            return f"{before}{format_beside(finding.value, finding.bound)} ({finding.status})"
    for passing in plan.passes:
        if (passing.rule, passing.scope) == (rule, scope) and passing.value is not None:
            return f"{format_number(passing.value)} (pass)"
    return "no value"


def _list_files(files: Mapping[str, bytes]) -> bytes:
    import json

    from prism_rules.output import digest_bytes

    listed = [{"path": name, "sha256": digest_bytes(data)} for name, data in sorted(files.items())]
    return (json.dumps({"apiVersion": "prism-rules/v1", "kind": "Demo", "files": listed}, indent=2) + "\n").encode()
