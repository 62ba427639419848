"""What a plan gives in Python: tables with the plan's own values, files, forms, and the command line's other inputs."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

import prism_rules
from prism_rules.frames import tables
from prism_rules.render import RENDERERS
from tests.render.plans import make_big_plan, make_glare_plan, make_passing_plan

from .conftest import AS_OF

MOMENT = pl.Datetime("us", "UTC")


def test_findings_are_a_frame(made: prism_rules.PlanResult) -> None:
    (finding,) = made.findings.to_dicts()
    # `scratch` is 0.5 in each of its 40 rows, and the rule asks for 0.80.
    expected = {
        "rule": "low-confidence", "where": "scratch at plant-2", "status": "fail", "change": "new", "value": 0.5,
        "n": 40, "level": "fail", "bound": "must be at least 0.80", "bound_kind": "below", "bound_values": [0.8],
        "from": datetime(2026, 2, 22, tzinfo=UTC), "to": datetime(2026, 3, 1, tzinfo=UTC), "baseline": None,
        "scope": {"class": "scratch", "site": "plant-2"},
    }  # fmt: skip
    assert {name: finding[name] for name in expected} == expected
    assert made.passes.select("rule", "where", "value", "n").rows() == [("low-confidence", "dent at plant-2", 0.9, 40)]
    assert made.findings.unnest("scope")["class"].to_list() == ["scratch"]


def test_actions_diagnoses_measurements_and_queues_are_frames(made: prism_rules.PlanResult) -> None:
    (action,) = made.actions.to_dicts()
    expected = {
        "action": "review", "where": "plant-2", "state": "proposed", "title": "Review plant-2", "rows": 5,
        "blocked_by": [], "scope": {"class": None, "site": "plant-2"},
    }  # fmt: skip
    assert {name: action[name] for name in expected} == expected
    assert made.diagnoses.select("cause", "where", "verdict", "head").rows() == [
        ("unsure-model", "scratch at plant-2", "diagnosed", True)
    ]
    assert made.diagnoses["evidence"].to_list() == [made.findings["id"].to_list()]
    measured = made.measurements.select("rule", "where", "value", "n").sort("where").rows()
    assert measured == [
        ("low-confidence", "dent at plant-2", 0.9, 40),
        ("low-confidence", "scratch at plant-2", 0.5, 40),
    ]
    queue = made.queues[action["id"]]
    assert queue.height == 5
    assert {int(name.removeprefix("image-")) % 2 for name in queue["row_id"]} == {1}


@pytest.mark.parametrize("table", ["findings", "passes", "diagnoses", "actions"])
def test_a_frame_has_its_columns_and_types_also_without_rows(table: str, made: prism_rules.PlanResult) -> None:
    tabulate = getattr(tables, f"tabulate_{table}")
    full, big, empty = tabulate(make_glare_plan()), tabulate(make_big_plan(20)), tabulate(made.model.model_copy(
        update={table: ()}
    ))  # fmt: skip
    assert empty.height == 0
    assert empty.schema == getattr(made, table).schema
    without = [*empty.schema.items()][:-1]
    assert [*full.schema.items()][:-1] == [*big.schema.items()][:-1] == without
    assert full.columns[-1] == "scope"


def test_columns_have_types_to_reckon_with() -> None:
    actions = tables.tabulate_actions(make_glare_plan())
    assert actions.schema["due"] == pl.Date
    assert actions.schema["opened_at"] == MOMENT
    assert date.fromisoformat(make_glare_plan().actions[0].due or "") == actions["due"][0]
    blocked = actions.filter(pl.col("blocked_by").list.len() > 0)
    assert blocked["state"].to_list() == ["blocked"]
    assert tables.tabulate_findings(make_passing_plan()).schema["scope"] == pl.Struct(
        {"class": pl.String, "site": pl.String}
    )


def test_a_result_is_written_as_the_command_writes_it(made: prism_rules.PlanResult, tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    made.write(folder)
    made.write(folder)
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    (action,) = made.actions["id"]
    assert written == {
        "plan.json", "report.md", "charts/trends.svg", "measurements.parquet",
        f"queues/{action}.csv", f"queues/{action}.jsonl",
    } | {*made.files}  # fmt: skip
    assert (folder / "plan.json").read_text("utf-8") == made.to_json()
    report = (folder / "report.md").read_text("utf-8")
    picture = "## Trends\n\n![The values of the last windows, with their bounds](charts/trends.svg)\n\n"
    assert picture in report and report.replace(picture, "") == made.to_markdown()
    (folder / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(prism_rules.Refused, match="foreign-file") as refused:
        made.write(folder)
    assert refused.value.exit_code == 8


def test_a_result_is_told_in_every_form(made: prism_rules.PlanResult) -> None:
    for form, renderer in RENDERERS.items():
        assert made.render(form) == renderer(made.model)
    assert json.loads(made.to_json())["status"] == made.status == "fail"
    assert made.as_of == AS_OF
    with pytest.raises(ValueError, match=r"no format 'pdf'; there are .*markdown"):
        made.render("pdf")
    verdict = "press-shop 1.0.0 as of 2026-03-01: FAIL (1 fail, 1 pass; first plan)"
    assert repr(made) == f"<prism_rules plan: {verdict}>"
    assert made._repr_markdown_() == made.to_markdown()


class Reader(HTMLParser):
    text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_notebook_shows_the_verdict_and_what_to_do(made: prism_rules.PlanResult) -> None:
    reader = Reader()
    reader.feed(made._repr_html_())
    for told in ("FAIL (1 fail, 1 pass; first plan)", "scratch at plant-2", "must be at least 0.80", "Review plant-2"):
        assert told in reader.text


def test_a_plan_is_compared_with_one_before(
    made: prism_rules.PlanResult, rows: pl.DataFrame, ruleset: Path, tmp_path: Path
) -> None:
    made.write(tmp_path / "before")
    better = {"predictions": rows.with_columns(pl.col("score") + 0.1)}
    plans = [
        prism_rules.plan(ruleset, better, as_of=AS_OF, baseline=baseline) for baseline in (made, tmp_path / "before")
    ]
    for plan in plans:
        assert plan.findings["change"].to_list() == ["better"]
        assert plan.model.previous is not None
        assert plan.model.previous.digest == made.digest
    assert plans[0].model.command.endswith(", baseline=<plan>)")
    assert f"baseline={str(tmp_path / 'before')!r}" in plans[1].model.command
    with pytest.raises(prism_rules.Refused, match="later than"):
        prism_rules.plan(ruleset, better, as_of=date(2026, 2, 28), baseline=made)


def test_rules_are_selected(rows: pl.DataFrame, ruleset: Path) -> None:
    plan = prism_rules.plan(ruleset, {"predictions": rows}, as_of=AS_OF, select="low-confidence")
    assert plan.model.selected == ("low-confidence",)
    assert plan.model.command.endswith("select=['low-confidence'])")
    with pytest.raises(prism_rules.Refused, match="unknown-rule"):
        prism_rules.plan(ruleset, {"predictions": rows}, as_of=AS_OF, select=["low"])


def test_answers_are_kept_for_the_same_rows_in_any_order(
    rows: pl.DataFrame, ruleset: Path, tmp_path: Path, made: prism_rules.PlanResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prism_rules.plan(ruleset, {"predictions": rows}, as_of=AS_OF, cache=tmp_path / "cache")
    kept = sorted((tmp_path / "cache").rglob("*"))
    assert first.to_json() == made.to_json()
    assert len(kept) > 1

    def open_none(*_: object, **__: object) -> None:
        raise AssertionError("an engine is asked")

    monkeypatch.setattr("prism_rules.pipeline.open_engine", open_none)
    shuffled = rows.sample(fraction=1, shuffle=True, seed=1)
    again = prism_rules.plan(ruleset, {"predictions": shuffled}, as_of=AS_OF, cache=tmp_path / "cache")
    assert again.to_json() == made.to_json()
    assert sorted((tmp_path / "cache").rglob("*")) == kept
    monkeypatch.undo()
    other = rows.with_columns(pl.col("score") + 0.1)
    changed = prism_rules.plan(ruleset, {"predictions": other}, as_of=AS_OF, cache=tmp_path / "cache")
    assert changed.findings["value"].to_list() == [0.6]


def test_a_cache_that_cannot_be_written_costs_no_plan(rows: pl.DataFrame, ruleset: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", "utf-8")
    with pytest.warns(UserWarning, match="cannot be written"):
        plan = prism_rules.plan(ruleset, {"predictions": rows}, as_of=AS_OF, cache=tmp_path / "cache")
    assert plan.status == "fail"


def test_what_there_is_to_say_about_a_ruleset_comes_with_the_plan(
    rows: pl.DataFrame, ruleset: Path, tmp_path: Path
) -> None:
    path = tmp_path / "ruleset.yaml"
    unread = "  unread: {source: predictions, metric: mean_confidence, fail: {below: 0.1}}\n"
    path.write_text(ruleset.read_text("utf-8").replace("causes:", f"{unread}causes:"), "utf-8")
    plan = prism_rules.plan(path, {"predictions": rows}, as_of=AS_OF)
    assert [*plan.warnings] == prism_rules.check(path)
    assert [diagnostic.code for diagnostic in plan.warnings] == ["unread-rule"]


def test_a_result_is_frozen_and_equal_by_its_digest(
    made: prism_rules.PlanResult, rows: pl.DataFrame, ruleset: Path
) -> None:
    for name in ("status", "model", "mine"):
        with pytest.raises(FrozenInstanceError):
            setattr(made, name, 1)
    again = prism_rules.plan(ruleset, {"predictions": rows}, as_of=AS_OF)
    assert made == again and len({made, again}) == 1
    assert made != prism_rules.plan(ruleset, {"predictions": rows}, as_of="2026-02-28")
