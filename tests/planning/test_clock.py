"""No plan looks at a clock: not Python's, not the engine's. The moment comes from the data or from whoever asks."""

from __future__ import annotations

import datetime as clocks
import re
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import pytest

from prism_rules.engines import Batch
from prism_rules.engines.duckdb import Database
from prism_rules.pipeline.recording import record
from prism_rules.ruleset import Resolved

from .test_from_files import FIRST, decide, plan, resolved, see_week

__all__ = ["resolved"]

OF_THE_ENGINE = re.compile(
    r"\b(now|today|transaction_timestamp|current_\w+|localtime\w*|get_current_\w+|random|setseed|uuid\w*)\b", re.I
)


def refuse_clock(*_: object, **__: object) -> NoReturn:
    raise AssertionError("a plan asked what time it is")


def forbid(kind: type) -> type:
    """Make a class like `datetime` that does all but tell the time of day; what is one of `kind` is one of it."""
    meta = type("Meta", (type,), {"__instancecheck__": lambda _, value: isinstance(value, kind)})
    return meta(kind.__name__, (kind,), dict.fromkeys(("now", "utcnow", "today"), staticmethod(refuse_clock)))


@pytest.fixture
def no_clock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Forbids the clock to every module of the program; collects what the engine is asked."""
    asked: list[str] = []
    answer = Database.answer

    def answer_and_keep(self: Database, batch: Batch) -> Any:
        asked.extend(sql for _, sql in (*batch.views, *batch.tables, *batch.queries))
        return answer(self, batch)

    monkeypatch.setattr(Database, "answer", answer_and_keep)
    monkeypatch.setattr(time, "time", refuse_clock)
    replaced = 0
    for name, module in list(sys.modules.items()):
        for kind in (clocks.datetime, clocks.date) if name.split(".")[0] == "prism_rules" else ():
            if getattr(module, kind.__name__, None) is kind:
                monkeypatch.setattr(module, kind.__name__, forbid(kind))
                replaced += 1
    assert replaced > 10
    return asked


def test_the_clock_is_forbidden(no_clock: list[str]) -> None:
    from prism_rules import evaluation

    for ask in (time.time, evaluation.datetime.now, evaluation.datetime.today):  # type: ignore[attr-defined]
        with pytest.raises(AssertionError, match="what time it is"):
            ask()
    assert OF_THE_ENGINE.search("SELECT now()") and OF_THE_ENGINE.search("time < CURRENT_DATE")
    assert no_clock == []


def test_plans_records_and_acceptance_look_at_no_clock(resolved: Resolved, tmp_path: Path, no_clock: list[str]) -> None:
    ledger = tmp_path / "ledger"
    first = plan(resolved, tmp_path / "0", see_week(0, FIRST), ledger=ledger)
    assert first.plan.as_of == "2026-03-01T00:00:00Z"
    record(first, ledger)
    decide(ledger, "review", {"site": "p"}, "approved", "2026-03-01T00:00:00Z")
    decide(ledger, "review", {"site": "p"}, "done", "2026-03-01T00:00:01Z")
    better = see_week(1, dict.fromkeys(FIRST, 0.9))
    second = plan(resolved, tmp_path / "1", see_week(0, FIRST) + better, ledger=ledger, previous=first)
    [review] = [action for action in second.plan.actions if action.action == "review"]
    assert (second.plan.as_of, review.state) == ("2026-03-08T00:00:00Z", "verified")
    record(second, ledger)
    assert len(no_clock) > 4
    assert [sql for sql in no_clock if OF_THE_ENGINE.search(sql)] == []
