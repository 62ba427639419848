"""Queues of a saved plan, read back: each file must be the one that the plan wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.files import place_inside
from prism_rules.model.plan import ActionEntry, FileDigest, Plan, QaRate
from prism_rules.output import digest_bytes


class SavedQueue(NamedTuple):
    """A queue as its file has it."""

    owner: ActionEntry | QaRate
    file: FileDigest
    rows: tuple[str, ...]
    """Ids, in queue order."""


def read_queues(plan: Plan, folder: Path) -> Iterator[SavedQueue]:
    """Read the queues of a plan from its folder.

    Raises `Refused`: exit 2 (`missing-file`) where a queue is not there, exit 7 (`plan-edited`) where it is not as the
    plan wrote it.
    """
    written = {file.path: file for file in plan.files}
    owners: tuple[ActionEntry | QaRate, ...] = (*plan.actions, *plan.qa_sampling)
    for owner in owners:
        if owner.queue and owner.queue.path:
            # The form for machines has values unaltered.
            path = f"{owner.queue.path.removesuffix('.csv')}.jsonl"
            file = written.get(path) or FileDigest(path=path, sha256="")
            yield SavedQueue(owner, file, tuple(_read_rows(folder, file)))


def _read_rows(folder: Path, file: FileDigest) -> list[str]:
    place = place_inside(folder, file.path, folder)
    if place is not None and not place.is_file():
        raise Refused([Diagnostic(
            "missing-file", f"the plan's folder has no `{file.path}`", context=folder.as_posix(),
            help="name the folder that `prism-rules plan` wrote, with its queues",
        )], 2)  # fmt: skip
    try:
        data = place.read_bytes() if place else b""
        if digest_bytes(data) == file.sha256:
            return [str(json.loads(line)["row_id"]) for line in data.splitlines()]
    except OSError as error:
        message = f"`{file.path}` cannot be read: {error.strerror}"
        raise Refused(
            [Diagnostic("unreadable-file", message, context=folder.as_posix(), help="check its permissions")], 2
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise Refused([Diagnostic(
        "plan-edited", f"`{file.path}` is not as the plan wrote it", context=folder.as_posix(),
        help="restore it, or make the plan again: what it says is vouched for by nobody",
    )], 7)  # fmt: skip
