"""From a finding to a test: the rows that are left are few, tell of nobody, and give the finding in the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prism_rules.cli import run
from prism_rules.diagnostics import Refused
from prism_rules.pipeline import Outcome
from prism_rules.pipeline import run as run_pipeline
from prism_rules.ruletests.freezing import Frozen, freeze_finding
from prism_rules.ruletests.freezing.reducing import Counts, Reduction, Spent
from prism_rules.ruletests.reading import read_suite
from prism_rules.ruletests.running import Runner
from prism_rules.source import parse

AS_OF = "2026-03-01"
MEAN = {"source": "predictions", "metric": "mean_confidence", "by": ["class"], "min_n": 10, "fail": {"below": 0.7}}
AGREEMENT = {
    "source": "annotations", "metric": "krippendorff_alpha", "by": ["class"], "min_n": 10, "fail": {"below": 0.75}
}  # fmt: skip


def plan(world: Any, rows: Mapping[str, Any], rule: Mapping[str, Any], **sections: Any) -> tuple[Any, Any, Outcome]:
    """Plan for rows by one rule, `r`."""
    resolved = world.load(rules={"r": rule}, **sections)
    data = world.write_all(resolved, rows)
    moment = datetime.fromisoformat(AS_OF).replace(tzinfo=UTC)
    return resolved, data, run_pipeline(resolved, data, root=world.folder, as_of=moment, trusted=True)


def freeze(
    world: Any, rows: Mapping[str, Any], rule: Mapping[str, Any], status: str = "fail", **sections: Any
) -> Frozen:
    """Freeze the first finding of a status, and see that the test passes that was made of it."""
    trials = sections.pop("trials", 200)
    resolved, data, outcome = plan(world, rows, rule, **sections)
    finding = next(one for one in outcome.findings if one.status == status)
    frozen = freeze_finding(
        resolved, outcome.plan, finding.id, data, root=world.folder, ruleset="ruleset.yaml", trials=trials
    )
    path = world.folder / "frozen.test.yaml"
    path.write_text(frozen.text, "utf-8")
    suite = read_suite(path)
    with Runner() as runner:
        trial = runner.run(suite, suite.cases[0])
    assert trial.passed, trial.differences or trial.refused
    return frozen


def read_data(frozen: Frozen) -> Any:
    return parse(frozen.text.encode(), "frozen.test.yaml").data["tests"][0]["data"]


def make_rows(values: Sequence[float], **more: Any) -> list[dict[str, Any]]:
    row = {"time": "2026-02-26", "class": "dent", "site": "plant-1", "lighting": "glare"} | more
    return [{**row, "id": f"image-{place}", "confidence": value} for place, value in enumerate(values)]


def make_labels(*units: tuple[int, Sequence[str]], **more: Any) -> list[dict[str, Any]]:
    """Make `count` units for each (count, labels): the first by ada, the second by bob and so on."""
    rows = []
    for group, (count, labels) in enumerate(units):
        for unit in range(count):
            for name, label in zip(("ada", "bob", "cyd"), labels, strict=False):
                row = {"unit": f"image-{group}-{unit}", "annotator": name, "class": label, "time": "2026-02-26"}
                rows.append({**row, "site": "plant-1", **more})
    return rows


def test_rows_that_are_alike_are_a_group_as_small_as_min_n_lets_it_be(world: Any) -> None:
    # The mean of all is 0.55; of those at the middle any would do.
    rows = [
        *make_rows([round(0.5 + place / 1000, 3) for place in range(101)]),
        *make_rows([0.9] * 50, **{"class": "ok"}),
    ]
    frozen = freeze(world, {"predictions": rows}, MEAN)
    assert frozen.text == (
        "apiVersion: prism-rules/v1\n"
        "kind: RulesetTest\n"
        "ruleset: ruleset.yaml\n"
        "\n"
        "tests:\n"
        "  - name: r fails for dent, as on 2026-03-01 at 0.55\n"
        "    as_of: 2026-03-01\n"
        "    data:\n"
        "      predictions:\n"
        "        generate: [{rows: 10, with: {class: dent, confidence: 0.55}}]\n"
        "    expect:\n"
        "      findings: [{rule: r, scope: {class: dent}, status: fail, value: 0.55, support: 10}]\n"
        "      partial: true\n"
    )
    assert (frozen.rows, frozen.taken, frozen.early) == (10, 101, False)


def test_a_rare_kind_of_row_is_found_among_many(world: Any) -> None:
    # One in a hundred is confidently wrong, which is beyond the bound only where it is not thinned out.
    rule = {"source": "predictions", "metric": "confident_wrong_share", "by": ["site"], "min_n": 20,
            "with": {"at_least": 0.9}, "fail": {"above": 0.009}}  # fmt: skip
    rows = [
        {**row, "label": "ok" if place == 57 else "dent"}
        for place, row in enumerate(make_rows([round(0.9 + place / 1000, 3) for place in range(100)]))
    ]
    data = read_data(freeze(world, {"predictions": rows}, rule))
    assert data["predictions"]["generate"] == [
        {"rows": 20, "with": {"class": "dent", "confidence": 0.957, "label": "ok", "site": "plant-1"}}
    ]


def test_units_are_groups_of_labels_and_lose_those_that_nothing_needs(world: Any) -> None:
    labels = make_labels((14, ["dent", "dent", "dent"]), (14, ["dent", "ok", "ok"]), (20, ["ok", "ok", "ok"]))
    frozen = freeze(world, {"annotations": labels}, AGREEMENT)
    assert read_data(frozen) == {"annotations": {"generate": [{"units": 10, "labels": ["dent", "ok"]}]}}
    assert frozen.rows == 20


# Under the former name the annotators have each other's letters.
@pytest.mark.parametrize("former", [[], ["first"]], ids=["one name", "a former name"])
def test_nobody_is_named_and_no_id_is_kept(world: Any, former: list[str]) -> None:
    # The third one agrees with nobody on the first units: 0.50, and the others have 0.75.
    labels = make_labels((12, ["dent", "dent", "ok"]), (12, ["ok", "ok", "ok"]))
    rule = {**AGREEMENT, "metric": "annotator_agreement", "by": ["annotator"], "fail": {"below": 0.60}}
    named = {"name": "tests", "version": "1.0.0", "renamed_from": former}
    frozen = freeze(world, {"annotations": labels}, rule, metadata=named)
    for name in ("ada", "bob", "cyd", "image"):
        assert name not in frozen.text
    assert set(frozen.finding.scope) == {"annotator"}


def test_trials_that_run_out_are_told_as_that(world: Any) -> None:
    labels = make_labels((12, ["dent", "ok"]), (12, ["ok", "ok"]))
    with pytest.raises(Refused, match="no rows were found in 0 trials"):
        freeze(world, {"annotations": labels}, AGREEMENT, trials=0)


def test_a_pass_is_frozen_as_well(world: Any) -> None:
    labels = make_labels((14, ["dent", "dent", "dent"]), (14, ["ok", "ok", "ok"]))
    frozen = freeze(world, {"annotations": labels}, AGREEMENT, "pass")
    # Agreement on a class takes a unit without it.
    assert frozen.rows == 10 * 2 + 2


def test_a_baseline_keeps_the_one_row_that_it_takes(world: Any) -> None:
    rule = {**MEAN, "baseline": {"source": "validation-run"}, "fail": {"drop": 0.2}}
    held = [{**row, "time": "2026-01-05"} for row in make_rows([0.9] * 40)]
    data = read_data(freeze(world, {"predictions": make_rows([0.6] * 40), "validation-run": held}, rule))
    assert data == {
        "predictions": {"generate": [{"rows": 10, "with": {"class": "dent", "confidence": 0.6}}]},
        "validation-run": {"rows": [{"class": "dent", "confidence": 0.9}]},
    }


def test_rows_stay_in_the_windows_that_they_were_in(world: Any) -> None:
    rule = {**MEAN, "baseline": {"window": "7d"}, "fail": {"drop": 0.2}}
    told = ((0.6, "2026-02-26"), (0.9, "2026-02-18"), (0.1, "2026-01-01"))
    rows = [row for value, time in told for row in make_rows([value] * 40, time=time)]
    data = read_data(freeze(world, {"predictions": rows}, rule))
    assert data["predictions"]["generate"] == [
        {"rows": 10, "with": {"class": "dent", "confidence": 0.6}}
    ]  # fmt: skip
    [row] = data["predictions"]["rows"]
    assert row["time"] == "2026-02-21T23:59:59Z"
    assert row["confidence"] == 0.9


def test_a_streak_keeps_every_window_that_counts(world: Any) -> None:
    rows = [row for time in ("2026-02-26", "2026-02-18") for row in make_rows([0.6] * 40, time=time)]
    data = read_data(freeze(world, {"predictions": rows}, {**MEAN, "streak": 2}))
    assert data["predictions"]["generate"] == [
        {"rows": 10, "with": {"class": "dent", "confidence": 0.6}, "from": "2026-02-15", "to": "2026-02-22"},
        {"rows": 10, "with": {"class": "dent", "confidence": 0.6}},
    ]


def test_what_a_condition_looks_up_comes_along(world: Any) -> None:
    rule = {**AGREEMENT, "min_n": 2, "where": "lighting = 'glare'"}
    labels = make_labels((3, ["dent", "dent"]), (3, ["dent", "ok"]))
    seen = [{"id": f"image-1-{unit}", "lighting": "glare"} for unit in range(3)]
    seen += [{"id": f"image-0-{unit}", "lighting": "day"} for unit in range(3)]
    seen = [{**row, "time": "2026-02-25", "class": "dent", "site": "plant-1", "confidence": 0.5} for row in seen]
    sources = {"annotations": {"lookup": {"predictions": ["lighting"]}}, "predictions": {}}
    data = read_data(freeze(world, {"annotations": labels, "predictions": seen}, rule, sources=sources))
    assert data["predictions"]["rows"] == [{"id": "u1", "lighting": "glare"}, {"id": "u2", "lighting": "glare"}]
    assert [row["unit"] for row in data["annotations"]["rows"]] == ["u1", "u1", "u2", "u2"]


def test_rows_that_share_an_id_stay_together_where_that_is_measured(world: Any) -> None:
    rule = {"source": "predictions", "metric": "duplicate_share", "by": ["site"], "min_n": 4, "fail": {"above": 0.1}}
    rows = [{**row, "id": f"image-{place // 2}"} for place, row in enumerate(make_rows([0.5] * 40))]
    data = read_data(freeze(world, {"predictions": rows}, rule))
    ids = [row["id"] for row in data["predictions"]["rows"]]
    assert len(ids) == 4
    assert len(set(ids)) < 4


def test_a_finding_without_data_is_frozen_with_its_reason(world: Any) -> None:
    rule = {**MEAN, "baseline": {"source": "validation-run"}, "fail": {"drop": 0.2}}
    held = make_rows([0.9] * 40, **{"class": "ok"})
    frozen = freeze(world, {"predictions": make_rows([0.6] * 40), "validation-run": held}, rule, "no_data")
    assert "reason: no_baseline" in frozen.text
    assert read_data(frozen)["validation-run"] == {"rows": []}


def test_the_same_rows_in_another_order_give_the_same_test(make_world: Callable[[], Any]) -> None:
    rows = make_rows([round(0.4 + place % 37 / 100, 2) for place in range(30)])
    texts = {freeze(make_world(), {"predictions": some}, MEAN).text for some in (rows, rows[::-1], rows[9:] + rows[:9])}
    assert len(texts) == 1


def test_where_trials_run_out_it_says_so_and_the_test_passes_all_the_same(world: Any) -> None:
    frozen = freeze(
        world, {"predictions": make_rows([round(0.5 + place / 1000, 3) for place in range(101)])}, MEAN, trials=4
    )
    assert (frozen.early, frozen.trials) == (True, 4)
    assert 10 < frozen.rows < 101


def test_a_finding_that_the_plan_does_not_have_is_refused(world: Any) -> None:
    resolved, data, outcome = plan(world, {"predictions": make_rows([0.5] * 20)}, MEAN)
    with pytest.raises(Refused) as caught:
        freeze_finding(resolved, outcome.plan, "r-dent", data, root=world.folder, ruleset="ruleset.yaml")
    [found] = caught.value.diagnostics
    assert (caught.value.exit_code, found.code) == (2, "unknown-finding")


def test_a_finding_that_the_data_no_longer_gives_is_refused(world: Any) -> None:
    resolved, data, outcome = plan(world, {"predictions": make_rows([0.5] * 20)}, MEAN)
    world.write_all(resolved, {"predictions": make_rows([0.9] * 20)})
    [finding] = outcome.plan.findings
    with pytest.raises(Refused) as caught:
        freeze_finding(resolved, outcome.plan, finding.id, data, root=world.folder, ruleset="ruleset.yaml")
    [found] = caught.value.diagnostics
    assert (caught.value.exit_code, found.code) == (3, "finding-gone")
    assert "as `fail`, and it is `pass` now" in found.message


def test_what_files_tell_of_themselves_is_in_no_rows(world: Any) -> None:
    rule = {"source": "predictions", "metric": "schema_change", "baseline": {"source": "validation-run"},
            "fail": {"above": 0}}  # fmt: skip
    frame = pl.DataFrame({"id": ["1"], "time": [datetime(2026, 2, 26)], "class": ["dent"], "new": [1]})  # noqa: DTZ001
    held = frame.drop("new")
    rows = {"predictions": frame, "validation-run": held}
    source = {"fields": {name: name for name in ("id", "time", "class")}, "dimensions": [], "features": []}
    sources = dict.fromkeys(rows, source)
    resolved, data, outcome = plan(world, rows, rule, sources=sources)
    finding = next(one for one in outcome.findings if one.status == "fail")
    with pytest.raises(Refused) as caught:
        freeze_finding(resolved, outcome.plan, finding.id, data, root=world.folder, ruleset="ruleset.yaml")
    assert [found.code for found in caught.value.diagnostics] == ["finding-gone"]


def test_the_command_writes_the_test_to_stdout(
    world: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, outcome = plan(world, {"predictions": make_rows([0.5] * 20)}, MEAN)
    project = (
        "apiVersion: prism-rules/v1\nkind: Project\nruleset: ruleset.yaml\ndata: {predictions: predictions.parquet}\n"
    )
    (world.folder / "prism.yaml").write_text(project)
    (world.folder / "plan.json").write_bytes(outcome.files["plan.json"])
    monkeypatch.chdir(world.folder)
    [finding] = outcome.plan.findings
    assert run(["test", "--from-finding", finding.id, "--plan", "plan.json"]) == 0
    out, err = capsys.readouterr()
    assert "generate: [{rows: 10, with: {class: dent, confidence: 0.5}}]" in out
    assert err.startswith("10 rows of 20 are left, after ")
    Path("frozen.test.yaml").write_text(out)
    assert run(["test", "frozen.test.yaml", "--coverage", "--fail-under", "25"]) == 0
    out, err = capsys.readouterr()
    assert "r: never tried exactly on its bound 0.70 (ruleset.yaml:1)" in out
    assert run(["test", "frozen.test.yaml", "--fail-under", "75"]) == 1
    assert capsys.readouterr().err == "exit 1: tests try less than 75% of tests\n"
    assert run(["test", "--from-finding", finding.id]) == 2


@pytest.mark.parametrize(
    ("start", "holds", "least"),
    [
        ((40, 40), lambda c: sum(c) >= 30, (0, 30)),
        ((1,) * 64, lambda c: sum(c) >= 30 and c[41] >= 1, (30,)),
        ((50, 50, 50), lambda c: c[0] >= 7 and c[2] >= 3, (7, 0, 3)),
        ((9, 5), lambda c: sum(c) > 0, (0, 1)),
        ((9, 5), lambda _: True, (0, 0)),
    ],
)  # fmt: skip
def test_nothing_more_can_be_taken_away(start: Counts, holds: Callable[[Counts], bool], least: Counts) -> None:
    reduction = Reduction(["rows"] * len(start), holds, start)
    reduction.run()
    assert holds(reduction.best)
    assert sorted(filter(None, reduction.best)) == sorted(filter(None, least))
    for place, count in enumerate(reduction.best):
        fewer = (*reduction.best[:place], count - 1, *reduction.best[place + 1 :])
        assert not count or not holds(fewer)


def test_pieces_of_other_groups_do_not_stand_for_one_another() -> None:
    reduction = Reduction(["a", "b"], lambda counts: sum(counts) >= 20 and counts[1] >= 4, (40, 40))
    reduction.run()
    assert reduction.best == (0, 20)


def test_what_was_found_before_trials_ran_out_is_kept() -> None:
    left = iter([False, False, True])

    def holds(counts: Counts) -> bool:  # noqa: ARG001
        for answer in left:
            return answer
        raise Spent

    reduction = Reduction(["rows", "rows"], holds, (64, 64))
    with pytest.raises(Spent):
        reduction.run()
    # None of them, one for all, and then half of them.
    assert reduction.best == (32, 32)


def test_what_stands_out_is_what_stands_out_of_the_test(world: Any) -> None:
    # Glare and haze are both absent in training; glare is met most, and by their values haze would stand for all.
    rule = {"source": "predictions", "metric": "absent_share", "of": ["lighting"], "min_n": 10,
            "baseline": {"source": "training"}, "fail": {"above": 0.05}}  # fmt: skip
    rows = {
        "predictions": [
            *make_rows([0.5] * 20, lighting="dim"), *make_rows([0.5] * 30, lighting="glare"),
            *make_rows([0.5] * 9, lighting="haze"),
        ],
        "training": [{"id": f"t-{place}", "class": "dent", "lighting": "dim"} for place in range(40)],
    }  # fmt: skip
    for place, row in enumerate(rows["predictions"]):
        row["id"] = f"image-{place}"
    data = read_data(freeze(world, rows, rule))
    assert data["predictions"]["generate"] == [{"rows": 10, "with": {"lighting": "glare"}}]
