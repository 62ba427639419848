"""Frames: a plan made of data that lie in the caller's memory, and told as tables.

The engine reads named files and nothing else, and of an untrusted ruleset in another process. So rows are first written
into a folder of the run's own, which is gone when the plan is made.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from prism_rules import pipeline
from prism_rules.cache import Cache
from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.engines.isolation import hold_spill
from prism_rules.evaluation import write_moment
from prism_rules.frames.arguments import check_arguments, read_as_of, read_names
from prism_rules.frames.result import PlanResult
from prism_rules.frames.taking import take_rows
from prism_rules.intake import SHOWN_ROWS, Data
from prism_rules.ledger import warn_missing
from prism_rules.model.plan import Plan
from prism_rules.planning.before import read_baseline
from prism_rules.planning.earlier import Previous
from prism_rules.render.saved import read_saved
from prism_rules.ruleset import Resolved, load_ruleset, select_rules

Place = str | os.PathLike[str]
SHOWN_PLAN = "<plan>"
"""How a plan is called that was given as such, to be compared with."""


def run_plan(
    ruleset: Place,
    data: Mapping[str, object],
    *,
    as_of: str | date | None,
    ledger: Place | None,
    baseline: Place | PlanResult | None,
    select: Iterable[str],
    cache: Place | None,
    trusted: bool,
    annotator_key: str | None,
) -> PlanResult:
    """Make a plan, as `prism_rules.plan` says."""
    check_arguments({
        "ruleset": ruleset, "data": data, "as_of": as_of, "ledger": ledger, "baseline": baseline, "select": select,
        "cache": cache, "trusted": trusted, "annotator_key": annotator_key,
    })  # fmt: skip
    moment = read_as_of(as_of)
    resolved = load_ruleset(Path(ruleset))
    if picked := read_names("select", select):
        resolved = select_rules(resolved, picked)
    previous = _read_previous(resolved, baseline)
    kept = Cache(Path(cache)) if cache is not None else None
    with hold_spill() as folder:
        outcome = pipeline.run(
            resolved,
            _take_all(resolved, data, folder),
            root=Path.cwd(),
            as_of=moment,
            ledger_folder=Path(ledger) if ledger is not None else None,
            previous=previous,
            command=lambda moment: _write_call(Path(ruleset), data, moment, baseline, resolved.selected),
            trusted=trusted,
            cache=kept,
            key=annotator_key,
        )
    if kept:
        try:
            kept.save()
        except OSError as error:  # the plan is made, and worth more than what the next one would save
            warnings.warn(f"the cache {kept.folder} cannot be written: {error.strerror}", stacklevel=3)
    told = (*resolved.warnings, *outcome.warnings, *_warn_of_nothing(outcome.plan, data))
    if ledger is not None and not Path(ledger).is_dir():
        told += (warn_missing(Path(ledger)),)
    return PlanResult(outcome.plan, outcome.files, outcome.digest, told)


def _warn_of_nothing(plan: Plan, data: Mapping[str, object]) -> Iterator[Diagnostic]:
    """Warn of sources without a row: a notebook may give a reader a second time."""
    for note in plan.intake:
        if note.code == "no_rows":
            value = data[note.source]
            place = _show_path(value) if isinstance(value, str | os.PathLike) else SHOWN_ROWS
            once = hasattr(value, "read_next_batch") or hasattr(value, "__next__")
            help = "a reader can be read once: give a new one" if once else None
            yield Diagnostic("missing-data", f"source `{note.source}`: {note.text}", (), help, "warning", place)


def _read_previous(resolved: Resolved, baseline: Place | PlanResult | None) -> Previous | None:
    if baseline is None:
        return None
    if isinstance(baseline, PlanResult):
        return read_baseline(resolved.model, baseline.model, baseline.digest)
    return read_baseline(resolved.model, *read_saved(Path(baseline)))


def _take_all(resolved: Resolved, data: Mapping[str, object], folder: Path) -> dict[str, Data]:
    """Leave paths as they are and write rows into `folder`. Raises `Refused` with what is wrong with any of them."""
    taken: dict[str, Data] = {}
    refused: list[Diagnostic] = []
    for number, (name, value) in enumerate(pipeline.pick_data(resolved, data).items()):
        if isinstance(value, str | os.PathLike):
            taken[name] = _show_path(value)
        elif name not in resolved.model.sources:
            taken[name] = SHOWN_ROWS  # refused with all other names that no source has
        else:
            try:
                taken[name] = take_rows(resolved, name, value, folder / f"{number}.parquet")
            except Refused as found:
                if found.exit_code != 3:  # a full disk says nothing of the data
                    raise
                refused += found.diagnostics
    if refused:
        raise Refused(refused, 3)
    return taken


def _write_call(
    ruleset: Path,
    data: Mapping[str, object],
    as_of: datetime,
    baseline: Place | PlanResult | None,
    selected: Iterable[str],
) -> str:
    """Write the command that makes the same plan; where rows were given there is none, and the call stands for it."""
    paths = {name: _show_path(value) for name, value in data.items() if isinstance(value, str | os.PathLike)}
    before = SHOWN_PLAN if isinstance(baseline, PlanResult) else _show_path(baseline) if baseline is not None else None
    if len(paths) == len(data) and before is not SHOWN_PLAN:
        return pipeline.write_command(ruleset.as_posix(), paths, as_of=as_of, baseline=before, selected=selected)
    shown = ", ".join(f"{name!r}: {paths[name]!r}" if name in paths else f"{name!r}: {SHOWN_ROWS}"
                      for name in sorted(data))  # fmt: skip
    words = [repr(ruleset.as_posix()), f"{{{shown}}}", f"as_of={write_moment(as_of)!r}"]
    if before is not None:
        words.append(f"baseline={before if before is SHOWN_PLAN else repr(before)}")
    if picked := [*selected]:
        words.append(f"select={picked!r}")
    return f"prism_rules.plan({', '.join(words)})"


def _show_path(path: Place) -> str:
    return Path(path).as_posix()
