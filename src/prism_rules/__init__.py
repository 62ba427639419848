"""prism-rules: from production signals to gated dataset actions.

The stages, each a function from one frozen value to the next, and `plan`, which runs them in a row. Each is imported
when it is first used.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prism_rules.diagnosis import diagnose as diagnose
    from prism_rules.engines.isolation import open_engine as open_engine
    from prism_rules.evaluation import evaluate as evaluate
    from prism_rules.intake import bind as bind
    from prism_rules.model.plan import Plan
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
}

__all__ = [  # noqa: RUF022 - in the order of the stages
    "__version__",
    "plan",
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
    data: Mapping[str, str | PathLike[str]],
    *,
    as_of: str | datetime | None = None,
    ledger: str | PathLike[str] | None = None,
    trusted: bool = True,
    annotator_key: str | None = None,
) -> Plan:
    """Plan for `ruleset` on `data` (source -> path or glob of Parquet files) and write nothing.

    Without `as_of`, the plan is for the first midnight UTC after the newest row. The caller's ruleset is trusted: its
    SQL passes the gate and then runs in this process. With `trusted=False` it runs in a child with limits.
    `annotator_key` makes the pseudonyms of annotators, who have letters without it. Raises
    `prism_rules.diagnostics.Refused` with everything that is wrong with the ruleset or the data.
    """
    from prism_rules import pipeline
    from prism_rules.model.moments import check_moment, parse_moment
    from prism_rules.ruleset import load_ruleset

    asked = as_of.isoformat() if isinstance(as_of, datetime) else as_of
    moment = check_moment(parse_moment(asked)) if asked is not None else None
    paths = {name: Path(path).as_posix() for name, path in data.items()}
    outcome = pipeline.run(
        load_ruleset(Path(ruleset)),
        paths,
        root=Path.cwd(),
        as_of=moment,
        ledger_folder=Path(ledger) if ledger is not None else None,
        command=lambda moment: pipeline.write_command(Path(ruleset).as_posix(), paths, as_of=moment),
        trusted=trusted,
        key=annotator_key,
    )
    return outcome.plan


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'prism_rules' has no attribute {name!r}")
    return getattr(import_module(f"prism_rules.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
