"""Numbers, bounds and places in words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from ruamel.yaml import YAML

import prism_rules
from prism_rules.cli.verdict import tell_plan
from prism_rules.model.plan import BaselineValue, Bound, PreviousRef, Slice
from prism_rules.render.charts import draw_panel
from prism_rules.render.markdown.findings import list_slices
from prism_rules.render.notebook import render_notebook
from prism_rules.render.words import (
    SLICES,
    format_beside,
    format_number,
    name_reason,
    name_slices,
    name_status,
    say_bound,
    say_change,
    say_end,
    say_finding,
    say_judged,
    say_support,
    say_value,
)
from prism_rules.wording import format_exact, name_scope, name_scopes

from .plans import WEEK, make_finding, make_plan, make_waiver


def make_bound(kind: str, value: float | tuple[float, float], level: str = "fail", relative: bool = False) -> Bound:
    return Bound(level=level, kind=kind, value=value, relative=relative, origin="rules.x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "beside", "text"),
    [
        (0.63, 0.75, "0.63"), (0.749, 0.75, "0.749"), (0.7499, 0.75, "0.7499"), (0.749999, 0.75, "0.749999"),
        (0.75, 0.75, "0.75"), (12_840.0, None, "12,840"), (0.004, None, "0.004"), (0.0, None, "0.00"),
        (-0.0, None, "0.00"), (-0.251, None, "-0.25"),
    ],
)  # fmt: skip
def test_a_measured_number_never_reads_like_what_it_is_judged_by(
    number: float, beside: float | None, text: str
) -> None:
    assert format_number(number, beside) == text


@pytest.mark.parametrize(
    ("number", "text"), [(5.0, "5"), (0.75, "0.75"), (0.7, "0.70"), (0.005, "0.005"), (1e6, "1,000,000")]
)
def test_a_bound_is_written_as_it_was_chosen(number: float, text: str) -> None:
    assert format_exact(number) == text


@pytest.mark.parametrize(
    ("bound", "value", "baseline", "words"),
    [
        (make_bound("below", 0.75), 0.63, None, "must be at least 0.75"),
        (make_bound("below", 0.80, "warn"), 0.78, None, "should be at least 0.80"),
        (make_bound("above", 0.05), 1.0, None, "must be at most 0.05"),
        (make_bound("outside", (0.2, 0.8)), 0.9, None, "must be from 0.20 to 0.80"),
        (make_bound("drop", 0.10), 0.61, 0.91, "fell 0.30 below 0.91 (at most 0.10 allowed)"),
        (make_bound("drop", 0.10), 0.806, 0.91, "fell 0.104 below 0.91 (at most 0.10 allowed)"),
        (make_bound("drop", 0.10, "warn"), 0.61, 0.91, "fell 0.30 below 0.91 (at most 0.10 expected)"),
        (make_bound("drop", 0.10, relative=True), 0.61, 0.91, "fell 33% below 0.91 (at most 10% allowed)"),
        (make_bound("drop", 0.10, relative=True), 0.896, 1.0, "fell 10.4% below 1.00 (at most 10% allowed)"),
        (make_bound("drop", 0.005, relative=True), 90.0, 105.0, "fell 14% below 105 (at most 0.5% allowed)"),
        (make_bound("drop", 0.025, relative=True), 0.95, 1.0, "fell 5% below 1.00 (at most 2.5% allowed)"),
        (make_bound("drop", 0.07, relative=True), 0.95, 1.0, "fell 5% below 1.00 (at most 7% allowed)"),
        (make_bound("rise", 0.10), 0.50, 0.20, "rose 0.30 above 0.20 (at most 0.10 allowed)"),
        (make_bound("change", 0.10), 0.20, 0.50, "moved 0.30 from 0.50 (at most 0.10 allowed)"),
        (make_bound("drop", 0.10), 0.95, 0.91, "at most 0.10 below 0.91 allowed"),
        (make_bound("drop", 0.10), None, None, "at most 0.10 below the baseline allowed"),
        (None, 0.5, None, "-"),
    ],
)
def test_a_bound_in_words(bound: Bound | None, value: float | None, baseline: float | None, words: str) -> None:
    assert say_bound(bound, value, baseline) == words


def test_a_value_is_told_from_the_nearer_end_of_a_range() -> None:
    assert format_beside(0.801, make_bound("outside", (0.2, 0.8))) == "0.801"
    assert format_beside(None, make_bound("below", 0.8)) == "-"


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ({}, "overall"),
        ({"class": "dent"}, "dent"),
        ({"class": "dent", "of": "contrast", "site": "plant-2"}, "contrast of dent at plant-2"),
        ({"of": "contrast"}, "contrast"),
        ({"site": "plant-2", "class": "dent"}, "dent at plant-2"),
        ({"site": "plant-2"}, "plant-2"),
        ({"class": "dent", "camera": "3"}, "dent at camera = 3"),
        ({"class": "dent", "site": ""}, 'dent at site = ""'),
        ({"class": "dent", "site": "a", "lighting": "b"}, "dent at b, a"),
    ],
)
def test_a_place_has_a_name(scope: dict[str, str], name: str) -> None:
    assert name_scope(scope) == name


def test_places_that_share_where_are_named_together() -> None:
    scopes = [{"class": c, "site": s} for c, s in (("a", "p"), ("b", "p"), ("c", "q"))]
    assert name_scopes([*scopes, {"class": "d"}]) == "a and b at p; c at q; d"
    assert name_scopes([{"class": f"c{n}"} for n in range(5)]) == "c0, c1, c2 and 2 more"


def test_a_place_as_a_whole_is_named_beside_its_classes() -> None:
    scopes = [{"class": "a", "site": "p"}, {"site": "p"}, {"class": "b", "site": "p"}, {"family": "f"}, {}]
    assert name_scopes(scopes, 9) == "a and b at p; p; f; overall"


def test_slices_share_their_dimension() -> None:
    lights = [{"lighting": "glare"}, {"lighting": "reflection"}]
    assert name_slices(lights, ["(812 rows)", "(640 rows)"]) == "lighting = glare (812 rows), reflection (640 rows)"
    assert name_slices([{"a": "x", "b": "y"}, {"a": "z", "b": "y"}]) == "a = x, b = y; a = z, b = y"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("absent", "dent, absent from training: lighting = glare (40 rows)"),
        ("under_represented", "dent, under-represented in training: lighting = glare (40 rows, 9 there)"),
        ("over_represented", "dent, over-represented in training: lighting = glare (40 rows, 9 there)"),
        ("worse", "dent, worse than the rest: lighting = glare (40 rows, 9 there)"),
        ("better", "dent, better than the rest: lighting = glare (40 rows, 9 there)"),
    ],
)
def test_a_slice_says_how_it_stands_out(kind: Any, words: str) -> None:
    found = Slice(of={"lighting": "glare"}, n=40, reference=0 if kind == "absent" else 9, kind=kind)
    baseline = BaselineValue(value=None, n=9, scope={}, source="training", window=(None, WEEK[1]))
    finding = make_finding("f", "r", {"class": "dent"}, 0.4, slices=(found,), baseline=baseline)
    assert list(list_slices([finding])) == [f"- {words}"]


def test_every_kind_of_slice_has_its_words() -> None:
    assert {*SLICES} == {*get_args(Slice.model_fields["kind"].annotation)}


@pytest.mark.parametrize(
    ("days_left", "words"),
    [
        (60, "until 2026-04-30, 60 days left"), (1, "until 2026-04-30, 1 day left"),
        (1_200, "until 2026-04-30, 1,200 days left"), (0, "expired on 2026-04-30, today"),
        (-1, "expired on 2026-04-30, 1 day ago"), (-14, "expired on 2026-04-30, 14 days ago"),
    ],
)  # fmt: skip
def test_a_waiver_says_how_long_it_has_or_how_long_ago_it_ended(days_left: int, words: str) -> None:
    assert say_end(make_waiver("known", "low-confidence", {}, days_left=days_left, expired=days_left <= 0)) == words


ABOVE, SHOULD, DROP = make_bound("above", 0.25), make_bound("above", 0.20, "warn"), make_bound("drop", 0.10)
REACHES = "the interval reaches the bound"
MIDNIGHT, MORNING = "2026-02-25T00:00:00Z", "2026-02-25T06:00:00Z"


@pytest.mark.parametrize(
    ("more", "status", "value", "bound"),
    [
        ({"status": "pass", "bound": ABOVE}, "pass", "0.30", "must be at most 0.25"),
        (
            {"status": "unsure", "unsure_of": "fail", "reason": REACHES, "bound": ABOVE, "interval": (0.218949, 0.396)},
            "unsure, may fail", "0.30 (0.22 to 0.40)", f"must be at most 0.25; {REACHES}",
        ),
        (
            {"status": "unsure", "unsure_of": "warn", "reason": "streak 1 of 2", "bound": SHOULD},
            "unsure, may warn", "0.30", "should be at most 0.20; streak 1 of 2",
        ),
        (
            {"status": "warn", "unsure_of": "fail", "reason": "streak 1 of 2", "bound": SHOULD, "doubted": ABOVE},
            "warn, may fail", "0.30", "should be at most 0.20; may fail (must be at most 0.25): streak 1 of 2",
        ),
        (
            {"status": "waived", "hides": "unsure", "unsure_of": "fail", "reason": REACHES, "bound": ABOVE},
            "waived (unsure, may fail)", "0.30", f"must be at most 0.25; {REACHES}",
        ),
        # The interval of a distance is not to be taken for that of the value.
        (
            {"bound": DROP, "interval": (-0.325, -0.065)},
            "fail", "0.30 (it moved -0.33 to -0.07)", "at most 0.10 below the baseline allowed",
        ),
        ({"rule": "level", "bound": ABOVE, "changed_at": MIDNIGHT}, "fail", "cusum 0.30 since 2026-02-25", None),
        (
            {"rule": "level", "bound": ABOVE, "changed_at": WEEK[0]},
            "fail", "cusum 0.30 since 2026-02-22 or before", None,
        ),
        ({"rule": "level", "bound": ABOVE, "changed_at": MORNING}, "fail", f"cusum 0.30 since {MORNING}", None),
        ({"rule": "trend", "bound": ABOVE, "slope": -0.0125}, "fail", "mann kendall 0.30, -0.0125 per step", None),
        ({"rule": "trend", "value": None, "status": "no_data", "reason": "no_rows"}, "no data", "-", "-"),
    ],
)  # fmt: skip
def test_doubt_in_words(more: dict[str, Any], status: str, value: str, bound: str | None) -> None:
    plain = make_plan()
    entry = plain.rules["class-agreement"]
    rules = {**plain.rules, "level": entry.model_copy(update={"test": "cusum"})}
    rules["trend"] = entry.model_copy(update={"test": "mann_kendall"})
    plan = make_plan(rules=rules)
    finding = make_finding("f", more.pop("rule", "class-agreement"), {}, more.pop("value", 0.3), **more)
    assert (name_status(finding, plan), say_value(finding, plan)) == (status, value)
    assert say_finding(finding) == (bound or "must be at most 0.25")


def test_what_is_new_says_so_once_and_anything_else_since_when() -> None:
    first, next_ = make_plan(), make_plan(previous=PreviousRef(as_of="2026-02-22T00:00:00Z", digest="sha256:0"))
    new = make_finding("f", "class-agreement", {}, 0.3, change="new", since="2026-03-01")
    assert say_change(first, new) == "new in the first plan"
    assert say_change(next_, new) == "new since the plan of 2026-02-22"
    worse = new.model_copy(update={"change": "worse", "since": "2026-02-08"})
    assert say_change(next_, worse) == "worse since the plan of 2026-02-22; not passing since 2026-02-08"


def test_a_value_says_on_how_much_it_rests_and_what_was_left_out() -> None:
    assert say_support(make_finding("f", "class-agreement", {}, 0.3, n=1_200)) == "1,200 rows"
    assert (
        say_support(make_finding("f", "class-agreement", {}, 0.3, n=99, excluded={"null": 1})) == "99 rows, 1 left out"
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("no_pairable_units", "no unit has two labels"),
        ("no_overlap", "no two reviewers share enough units"),
        ("streak 1 of 2", "streak 1 of 2"),
        (None, "no reason given"),
    ],
)
def test_a_reason_is_said_in_words_where_it_is_a_code_of_ours(reason: str | None, words: str) -> None:
    assert name_reason(reason) == words


def list_reasons() -> Iterator[str]:
    """List the codes that stages write as a `reason`, and those that metrics document beside a null."""
    for stage in ("metrics", "evaluation", "planning"):
        for path in Path(prism_rules.__path__[0], stage).glob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            yield from re.findall(r"null[,:]? `([a-z_]+)`", ast.get_docstring(tree) or "")
            for node in ast.walk(tree):
                given: list[ast.expr] = []
                match node:
                    case ast.keyword(arg="reason", value=value) | ast.Assign(targets=[ast.Name("reason")], value=value):
                        given = [value]
                    case ast.Dict(keys=keys, values=values):
                        named = [key.value if isinstance(key, ast.Constant) else None for key in keys]
                        given = [value for key, value in zip(named, values, strict=True) if key == "reason"]
                for value in given:
                    columns = {id(one) for call in ast.walk(value) if is_column(call) for one in ast.walk(call)}
                    texts = (one for one in ast.walk(value) if isinstance(one, ast.Constant) and id(one) not in columns)
                    yield from (one.value for one in texts if isinstance(one.value, str))


def is_column(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "pl.col"


def test_every_reason_that_is_written_has_words() -> None:
    reasons = {*list_reasons()}
    assert {"not_judged", "few", "censored", "no_labels", "window_too_short"} <= reasons
    assert [reason for reason in sorted(reasons) if name_reason(reason) == reason] == []


def test_every_reason_of_a_metric_has_words_of_its_own() -> None:
    folders = Path(__file__).parents[1] / "metrics"
    cases = [case for path in folders.glob("*/cases.yaml") for case in YAML(typ="safe").load(path)]
    codes = {row["reason"] for case in cases for row in case["expect"] if row.get("reason")}
    assert len(codes) > 30
    assert [code for code in sorted(codes) if name_reason(code) == code] == []


@pytest.mark.parametrize(
    ("status", "hides", "said"),
    [
        ("no_data", None, "no rows in the window"),
        ("insufficient", None, "no rows in the window"),
        ("waived", "no_data", "no rows in the window"),
        ("fail", None, "must be at least 0.75"),
        ("waived", "fail", "must be at least 0.75"),
    ],
)
def test_what_has_no_verdict_says_why_and_not_its_bound(status: str, hides: str | None, said: str) -> None:
    bound = Bound(level="fail", kind="below", value=0.75, origin="rules.class-agreement.fail.below")
    finding = make_finding("f", "class-agreement", {}, 0.6, status=status, hides=hides, bound=bound, reason="no_rows")
    plan = make_plan(findings=[finding])
    assert say_judged(finding) == said
    assert said in render_notebook(plan) and said in tell_plan(plan, None)
    assert (said in draw_panel(finding, plan)) and ("must be" in draw_panel(finding, plan)) == ("must be" in said)
