"""prism-rules: from production signals to gated dataset actions.

The stages, each a function from one frozen value to the next, and `plan`, which runs them in a row. Each is imported
when it is first used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prism_rules.diagnosis import diagnose as diagnose
    from prism_rules.diagnostics import Diagnostic as Diagnostic
    from prism_rules.diagnostics import Refused as Refused
    from prism_rules.engines.isolation import open_engine as open_engine
    from prism_rules.evaluation import evaluate as evaluate
    from prism_rules.frames.result import PlanResult as PlanResult
    from prism_rules.intake import bind as bind
    from prism_rules.planning import make_plan as make_plan
    from prism_rules.program import compile_program as compile_program
    from prism_rules.program.expressions import gate_expressions as gate_expressions
    from prism_rules.render import RENDERERS as RENDERERS
    from prism_rules.ruleset import load_ruleset as load_ruleset
    from prism_rules.source import read_source as read_source

__version__ = "0.1.0"

_HOMES = {
    "read_source": "source",
    "load_ruleset": "ruleset",
    "bind": "intake",
    "gate_expressions": "program.expressions",
    "compile_program": "program",
    "open_engine": "engines.isolation",
    "evaluate": "evaluation",
    "diagnose": "diagnosis",
    "make_plan": "planning",
    "RENDERERS": "render",
    "PlanResult": "frames.result",
    "Refused": "diagnostics",
    "Diagnostic": "diagnostics",
}

__all__ = [  # noqa: RUF022 - in the order of the stages
    "__version__",
    "plan",
    "check",
    "PlanResult",
    "Refused",
    "Diagnostic",
    "read_source",
    "load_ruleset",
    "bind",
    "gate_expressions",
    "compile_program",
    "open_engine",
    "evaluate",
    "diagnose",
    "make_plan",
    "RENDERERS",
]


def plan(
    ruleset: str | PathLike[str],
    data: Mapping[str, object],
    *,
    as_of: str | date | None = None,
    ledger: str | PathLike[str] | None = None,
    baseline: str | PathLike[str] | PlanResult | None = None,
    select: Iterable[str] = (),
    cache: str | PathLike[str] | None = None,
    trusted: bool = True,
    annotator_key: str | None = None,
) -> PlanResult:
    """Plan for `ruleset` on `data` and write nothing.

    `data` maps source to a path or glob of Parquet files, a Polars DataFrame or LazyFrame, a pandas DataFrame, a DuckDB
    relation, or anything with `__arrow_c_stream__`. Without `as_of`, the plan is for the first midnight UTC after the
    newest row. `ledger` is the folder of decisions, `baseline` the plan that changes are told against, `select` the
    rules to look at where it is not all, `cache` a folder of answers kept from run to run.

    The caller's ruleset is trusted: its SQL passes the gate and then runs in this process. With `trusted=False` it runs
    in a child with limits. `annotator_key` makes the pseudonyms of annotators, who have letters without it. Raises
    `Refused` with everything that is wrong with the arguments (`usage`), the ruleset or the data.
    """
    from prism_rules.frames import run_plan

    return run_plan(
        ruleset,
        data,
        as_of=as_of,
        ledger=ledger,
        baseline=baseline,
        select=select,
        cache=cache,
        trusted=trusted,
        annotator_key=annotator_key,
    )


def check(path: str | PathLike[str]) -> list[Diagnostic]:
    """Find all that is wrong with a ruleset, rule tests or a project file, or with those of a folder, without data.

    That a file is not there, or a folder holds none of these, is among what is wrong.
    """
    from prism_rules.checking import check_files
    from prism_rules.checking.files import find_files, leave_to_heirs
    from prism_rules.diagnostics import Refused, place_order

    paths = [Path(path)]
    try:
        files = leave_to_heirs(find_files(paths), paths)
    except Refused as refused:
        return refused.diagnostics
    return sorted(check_files(files).found, key=place_order)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'prism_rules' has no attribute {name!r}")
    return getattr(import_module(f"prism_rules.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
