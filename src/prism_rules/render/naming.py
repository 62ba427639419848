"""Naming: the files of a plan from another folder than that of its prism.yaml, before a renderer sees it."""

from __future__ import annotations

from collections.abc import Callable

from prism_rules.model.plan import Plan


def rename_files(plan: Plan, name: Callable[[str], str]) -> Plan:
    """Rename the ruleset's files, in what it consists of and in where its bounds are written."""
    files = [file.model_copy(update={"path": name(file.path)}) for file in plan.ruleset.files]
    return plan.model_copy(
        update={
            "ruleset": plan.ruleset.model_copy(update={"files": tuple(files)}),
            "origins": {
                key: origin.model_copy(update={"file": name(origin.file)}) for key, origin in plan.origins.items()
            },
        }
    )
