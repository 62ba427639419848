"""The catalogue in a terminal: `metrics` lists it, `explain` shows a page."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import jsonschema
import pytest

from prism_rules.cli import run
from prism_rules.columns import WIDTH, wrap_page
from prism_rules.diagnostics.pages import all_codes
from prism_rules.metrics import METRICS
from prism_rules.metrics.pages import group_metrics
from prism_rules.model.ruleset import FIELDS
from prism_rules.schemas import make_schema

PAGES = runpy.run_path(str(Path(__file__).parents[2] / "docs/generate.py"))["write_pages"]()


def test_every_metric_has_its_line_under_its_subject(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["metrics"]) == 0
    told = capsys.readouterr()
    assert (told.err, max(map(len, told.out.splitlines())) <= WIDTH) == ("", True)
    *blocks, ending = told.out.strip().split("\n\n")
    listed = {}
    for block in blocks:
        subject, *lines = block.splitlines()
        # Where a title is wrapped, its second line has no name before it.
        listed[subject.lower()] = [line.split()[0] for line in lines if not line.startswith(" ")]
    grouped = group_metrics(METRICS.values())
    assert listed == {subject: [metric.name for metric in group] for subject, group in grouped.items()}
    assert sorted(name for names in listed.values() for name in names) == sorted(METRICS)
    assert "prism-rules explain METRIC" in ending


@pytest.mark.parametrize("role", FIELDS)
def test_a_role_leaves_the_metrics_that_are_measured_on_it(role: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["metrics", "--role", role, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    listed = [entry["name"] for entry in document["metrics"]]
    assert listed == [name for name, metric in METRICS.items() if role in metric.roles]
    run(["metrics", "--role", role])
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines() if line} >= {*listed}


def test_a_machine_is_told_what_a_metric_takes(capsys: pytest.CaptureFixture[str]) -> None:
    run(["metrics", "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    assert (document["apiVersion"], document["kind"]) == ("prism-rules/v1", "Metrics")
    entries = {entry["name"]: entry for entry in document["metrics"]}
    assert [*entries] == [*METRICS]
    jsonschema.Draft202012Validator(make_schema("metrics")).validate(document)
    quantile = dict(entries["quantile"])
    schema = quantile.pop("parameters")
    assert quantile == {
        "name": "quantile",
        "title": "Quantile of a number",
        "subject": "values",
        "roles": ["predictions", "annotations", "feedback", "training", "validation"],
        "fields": [],
        "class_role": "rows",
        "unit": "rows",
        "range": [None, None],
        "interval": None,
        "of": "column",
        "compares": False,
    }
    jsonschema.validate({"q": 0.5}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({}, schema)
    for entry in entries.values():
        jsonschema.Draft202012Validator.check_schema(entry["parameters"])


@pytest.mark.parametrize("name", METRICS)
def test_explain_shows_the_page_that_the_manual_has(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", name]) == 0
    assert capsys.readouterr().out == wrap_page(PAGES[f"metrics/{name}.md"], 80)


def test_no_name_is_both_a_code_and_a_metric() -> None:
    assert {code.replace("-", "_") for code in all_codes()} & {*METRICS} == set()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["metrics", "--role", "annotation"], "did you mean `annotations`?"),
        (["metrics", "--role", "tickets"], "known: `predictions`"),
        (["explain", "mean-confidence"], "did you mean `mean_confidence`?"),
        (["explain", "kripendorf_alpha"], "did you mean `krippendorff_alpha`?"),
        (["explain", "qqqqqq"], "`prism-rules metrics` lists the metrics"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_name_that_does_not_exist_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
