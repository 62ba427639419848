"""Every module is imported, then every public name is used: a module that hides a function of its name shows here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

import prism_rules
from prism_rules.engines import Begin, Engine, Limits
from prism_rules.ledger import Ledger

SOURCE = Path(__file__).parents[2] / "src"
RULESET = Path(__file__).parent / "data" / "ruleset.yaml"
AS_OF = "2026-03-01T00:00:00Z"


def run_stages(signals: Path) -> dict[str, object]:
    """The stages one by one, as a notebook would call them: name of the function -> what it gave."""
    moment = datetime.fromisoformat(AS_OF)
    resolved = prism_rules.load_ruleset(RULESET)
    gated = prism_rules.gate_expressions(resolved)
    with prism_rules.open_engine(Limits(), isolated=False) as engine:
        intake = prism_rules.bind(resolved, {"predictions": str(signals)}, engine, root=signals.parent)
        program = prism_rules.compile_program(resolved, intake, gated, moment)
        evaluation = prism_rules.evaluate(resolved, intake, program, engine)
        diagnoses = prism_rules.diagnose(resolved, evaluation.findings)
        empty = Ledger(heads=(), entries={})
        made = prism_rules.make_plan(resolved, intake, gated, evaluation, diagnoses, engine, ledger=empty)
    return {
        "load_ruleset": resolved,
        "bind": intake,
        "gate_expressions": gated,
        "compile_program": program,
        "open_engine": engine,
        "evaluate": evaluation,
        "diagnose": diagnoses,
        "make_plan": made,
        "RENDERERS": [render(made.plan) for render in prism_rules.RENDERERS.values()],
    }


# One use of each public name that is neither a class nor a text; `signals` is a Parquet file that fits RULESET.
CALLS: dict[str, Callable[[Path], object]] = {
    "plan": lambda signals: prism_rules.plan(RULESET, data={"predictions": signals}, as_of=AS_OF),
    "check": lambda _: prism_rules.check(RULESET),
    "read_source": lambda _: prism_rules.read_source(RULESET),
    **{
        name: lambda signals, name=name: run_stages(signals)[name]
        for name in (
            "load_ruleset",
            "bind",
            "gate_expressions",
            "compile_program",
            "open_engine",
            "evaluate",
            "diagnose",
            "make_plan",
            "RENDERERS",
        )
    },
}


@pytest.fixture(scope="module")
def signals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty predictions of the week before AS_OF, all of them less sure than RULESET asks."""
    last = datetime.fromisoformat(AS_OF).astimezone(UTC).replace(tzinfo=None)
    rows = range(80)
    path = tmp_path_factory.mktemp("signals") / "predictions.parquet"
    pl.DataFrame(
        {
            "image_id": [f"image-{row:03}" for row in rows],
            "captured_at": [last - timedelta(hours=1 + row) for row in rows],
            "predicted_class": [("surface-scratch", "dent")[row % 2] for row in rows],
            "confidence": [0.5 + row / 400 for row in rows],
            "site": ["plant-2" for _ in rows],
            "lighting": ["diffuse" for _ in rows],
        }
    ).write_parquet(path)
    return path


@pytest.fixture(scope="module", autouse=True)
def every_module_is_imported() -> None:
    for path in SOURCE.rglob("*.py"):
        import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"))


def name_what_needs_a_call() -> set[str]:
    return {name for name in prism_rules.__all__ if not isinstance(getattr(prism_rules, name), (type, str))}


def test_every_public_function_has_a_call() -> None:
    assert set(CALLS) == name_what_needs_a_call()


@pytest.mark.parametrize("name", CALLS)
def test_a_public_function_can_be_called(name: str, signals: Path) -> None:
    assert CALLS[name](signals) is not None


def test_the_stages_find_what_the_data_holds(signals: Path) -> None:
    plan = prism_rules.plan(RULESET, data={"predictions": signals}, as_of=AS_OF).model
    # 80 rows in turns of two classes, confidence 0.5 + row / 400: means over the even and over the odd rows.
    values = {finding.scope["class"]: (finding.value, finding.n) for finding in plan.findings}
    assert values == {"surface-scratch": (pytest.approx(0.5975), 40), "dent": (pytest.approx(0.6), 40)}
    assert plan.as_of == AS_OF
    assert plan.command.endswith(f"--as-of {AS_OF}")
    assert prism_rules.RENDERERS["markdown"](plan).startswith("#")


def write_ruleset_with_sql(folder: Path) -> Path:
    path = folder / "sql.yaml"
    text = RULESET.read_text("utf-8")
    assert text.count("metric: mean_confidence") == 1
    path.write_text(
        text.replace("metric: mean_confidence", "metric: mean_confidence\n    where: confidence > 0"), "utf-8"
    )
    return path


@pytest.mark.parametrize("trusted", [True, False])
def test_sql_of_a_ruleset_that_is_not_trusted_runs_in_a_child(
    trusted: bool, signals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def open_engine(limits: Limits, *, isolated: bool, begin: Begin) -> AbstractContextManager[Engine]:
        asked.append(isolated)
        return prism_rules.open_engine(limits, isolated=isolated, begin=begin)

    monkeypatch.setattr("prism_rules.pipeline.open_engine", open_engine)
    path = write_ruleset_with_sql(tmp_path)
    plan = prism_rules.plan(path, {"predictions": signals}, as_of=AS_OF, trusted=trusted)
    assert asked == [not trusted]
    assert {*plan.findings["n"]} == {40}


def test_a_plan_in_python_leaves_nothing_on_the_error_stream(signals: Path, tmp_path: Path) -> None:
    path = write_ruleset_with_sql(tmp_path)
    code = (
        f"import prism_rules; print(len(prism_rules.plan({str(path)!r}, {{'predictions': {str(signals)!r}}}).findings))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")
