"""The page as a parser reads it: what it says, how it is built, and that nothing is fetched or run but what is ours."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from itertools import pairwise

import pytest

from prism_rules.model.plan import ActionEntry, FileDigest, Origin, Plan, QueueEntry, ResolvedBound
from prism_rules.render import RENDERERS
from prism_rules.render.html import render_html
from prism_rules.render.json import read_plan, write_plan_json

from .. import plans
from ..plans import make_big_plan, make_finding, make_glare_plan, make_hostile_plan, make_passing_plan, make_plan
from .reading import Element, read_page

INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
ORIGIN = "rules.class-agreement.fail.below"
PREVIEW = (
    {"row_id": "img-7", "why": "unseen-lighting", "priority": 1, "sampling_key": 93, "inclusion_probability": 0.25,
     "lighting": "glare", "confidence": 0.61, "overridden": False, "label": None},
    {"row_id": "img-9", "why": "unseen-lighting", "priority": 1, "sampling_key": 94, "inclusion_probability": 0.25,
     "lighting": "reflection", "confidence": 0.58, "overridden": True, "label": "dent"},
)  # fmt: skip


def add_preview(queue: QueueEntry | None) -> QueueEntry | None:
    return queue and queue.model_copy(update={"preview": PREVIEW if queue.path else ()})


def make_full_plan() -> Plan:
    """The glare plan with first rows, and with a bound that has a line."""
    plan = make_glare_plan()
    actions = tuple(one.model_copy(update={"queue": add_preview(one.queue)}) for one in plan.actions)
    bound = ResolvedBound(level="fail", kind="below", value=0.75, origin=ORIGIN)
    own = ResolvedBound(match={"class": "dent"}, level="fail", kind="below", value=0.7, origin="elsewhere")
    rule = plan.rules["class-agreement"].model_copy(update={"bounds": (own, bound)})
    return plan.model_copy(update={
        "actions": actions, "origins": {ORIGIN: Origin(file="rulesets/surface.yaml", line=47, col=14)},
        "rules": {**plan.rules, "class-agreement": rule},
    })  # fmt: skip


@pytest.fixture(scope="module")
def page() -> Element:
    return read_page(render_html(make_full_plan()))


def list_cells(table: Element) -> list[list[str]]:
    return [
        [cell.read() for cell in row.children if cell.tag in ("th", "td")]
        for row in table.find("tbody").find_all("tr")
    ]  # fmt: skip


def find_action(page: Element, name: str) -> Element:
    return next(one for one in page.find("ol", id="actions").children if name in one.attributes["id"])


@pytest.mark.parametrize("plan", [make_full_plan(), make_passing_plan(), make_hostile_plan(), make_big_plan(30)])
def test_every_page_is_built_alike(plan: Plan) -> None:
    page = read_page(render_html(plan))
    html = page.find("html")
    assert html.attributes == {"lang": "en"}
    assert [one.tag for one in page.find("body").children] == ["a", "header", "nav", "main", "footer", "script"]
    assert len(page.find_all("h1")) == 1
    levels = [int(one.tag[1]) for one in page.walk() if re.fullmatch("h[1-6]", one.tag)]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in pairwise(levels))
    ids = [one.attributes["id"] for one in page.walk() if "id" in one.attributes]
    assert len(ids) == len(set(ids)) and all(re.fullmatch("[a-z0-9-]+", one) for one in ids)
    links = [one.attributes["href"] for one in page.find_all("a")]
    assert links and {link[1:] for link in links} <= set(ids) and all(link.startswith("#") for link in links)
    for section in page.find_all("section"):
        assert section.attributes.keys() & {"aria-label", "aria-labelledby"}
        assert section.attributes.get("aria-labelledby", ids[0]) in ids
    for table in page.find_all("table"):
        assert table.children[0].tag == "caption" and table.children[0].read()
        assert all(one.attributes.get("scope") in ("col", "row", "rowgroup") for one in table.find_all("th"))
        assert all(row.find_all("th") for body in table.find_all("tbody") for row in body.find_all("tr")[:1])
    assert len(page.find_all("select")) == len([one for label in page.find_all("label") for one in label.children])
    for fold in page.find_all("details"):
        assert fold.children[0].tag == "summary" and fold.children[0].read()


@pytest.mark.parametrize("plan", [make_full_plan(), make_hostile_plan()])
def test_nothing_is_fetched_and_nothing_runs_but_what_is_digested(plan: Plan) -> None:
    page = read_page(render_html(plan))
    policy = page.find("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    (style,), (script,) = page.find_all("style"), page.find_all("script")
    digests = [base64.b64encode(hashlib.sha256(one.text.encode()).digest()).decode() for one in (style, script)]
    assert policy.split("; ") == [
        "default-src 'none'", f"style-src 'sha256-{digests[0]}'", f"script-src 'sha256-{digests[1]}'",
        "base-uri 'none'", "form-action 'none'",
    ]  # fmt: skip
    assert page.find("meta", name="referrer").attributes["content"] == "no-referrer"
    allowed = {"href", "xmlns"}
    for one in page.walk():
        assert one.tag not in ("link", "img", "iframe", "object", "embed", "base", "use", "image", "foreignobject")
        for name, value in one.attributes.items():
            assert not name.startswith("on") and name not in ("style", "src", "srcset", "action", "xlink:href")
            assert "url(" not in value.lower() or one.tag == "option"
            assert "://" not in value or name in ("value", "data-label", "aria-label") or name in allowed
    assert {one.attributes.get("xmlns", "http://www.w3.org/2000/svg") for one in page.find_all("svg")} == {
        "http://www.w3.org/2000/svg"
    }
    assert not re.search(r"url\(|@import|://|fetch\(|XMLHttp|innerHTML|eval", style.text + script.text)


def list_tags(element: Element) -> list[str]:
    """The tags of a page in order, but for those in texts that authors mark up, and in charts."""
    if element.attributes.get("class") == "prose" or element.tag == "svg":
        return [element.tag]
    return [element.tag, *(tag for child in element.children for tag in list_tags(child))]


def test_whatever_names_hold_the_page_is_built_as_with_plain_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = render_html(make_hostile_plan())
    monkeypatch.setattr(plans, "HOSTILE", "harmless! ")
    plain = render_html(make_hostile_plan())
    assert not INVISIBLE.search(hostile)
    told = read_page(hostile)
    assert list_tags(told) == list_tags(read_page(plain))
    assert "<script>alert(1)</script>" in told.find("h1").read()
    assert "\\u202e" in told.find("h1").read()
    for text in (one for one in told.walk() if one.attributes.get("class") == "prose"):
        tags = {one.tag for child in text.children for one in child.walk()}
        assert tags <= {"p", "ol", "ul", "li", "em", "strong", "code", "pre"}


def test_the_same_plan_gives_the_same_bytes_also_when_read_back() -> None:
    plan = make_full_plan()
    assert RENDERERS["html"](plan) == render_html(read_plan(write_plan_json(plan)))
    assert render_html(plan).endswith("</html>\n")


def test_the_verdict_and_what_to_begin_with(page: Element) -> None:
    assert page.find("h1").read() == "surface-inspection 1.3.0"
    assert page.find("title").read() == "FAIL: surface-inspection, 2026-03-01"
    told = page.find("header").read()
    assert "FAIL" in told.upper() and "8 fail" in told and "31 pass" in told and "3 not evaluated" in told
    assert "Since the plan of 2026-02-22: 7 new, 1 worse, 0 unchanged, 1 cleared, 1 lost." in told.replace(" ,", ",")
    alert = page.find("section", **{"aria-label": "What to begin with"})
    link = alert.find("a")
    first = next(one for one in page.walk() if one.attributes.get("id") == link.attributes["href"][1:])
    assert first.find("h3").read() == link.read()


def test_causes_stand_below_what_leads_to_them(page: Element) -> None:
    roots = page.find("ul", **{"class": "tree roots"})
    (head,) = roots.children
    assert "head of the chain" in head.children[0].read()
    below = next(one for one in head.children if one.tag == "ul")
    titles = {one.title for one in make_glare_plan().diagnoses if not one.head}
    assert {one.find("h3").read() for one in below.children} == titles


def test_a_circle_of_causes_is_told_once_each() -> None:
    page = read_page(render_html(make_big_plan(120)))
    causes = [one.find("h3").read() for one in page.find_all("div") if "cause" in one.attributes.get("class", "")]
    assert sorted(causes) == sorted(f"Cause {number}" for number in range(60))


def test_a_big_page_folds_what_is_beyond_the_first_findings_and_causes() -> None:
    page = read_page(render_html(make_big_plan(540)))
    why = page.find("section", **{"aria-labelledby": "why"})
    (fold,) = [one for one in why.children if one.tag == "details"]
    open_, folded = (
        len([one for one in part.walk() if one.attributes.get("class", "").startswith("cause")])
        for part in (why.find("ul"), fold)
    )
    assert (open_, folded) == (12, 48) and fold.children[0].read() == "48 more causes"  # a chain of six, and another
    findings = page.find("section", **{"aria-labelledby": "findings"})
    table = next(one for one in findings.children if one.tag == "table")
    (rest,) = findings.find_all("details")
    assert len(list_cells(table)) == 50 and rest.children[0].read() == "250 more findings"
    assert len(list_cells(rest.find("table"))) == 250 and "And 240 more findings" in rest.read()
    alert = page.find("section", **{"aria-label": "What to begin with"}).read()
    assert alert.startswith("540 findings fail : ") and len(alert) < 400


def test_a_rule_with_many_bounds_says_how_many_are_left() -> None:
    plan = make_full_plan()
    bounds = [
        ResolvedBound(match={"class": f"c-{n:03}"}, level="fail", kind="below", value=0.7, origin="o")
        for n in range(100)
    ]
    rule = plan.rules["class-agreement"].model_copy(update={"bounds": tuple(bounds)})
    page = read_page(render_html(plan.model_copy(update={"rules": {"class-agreement": rule}})))
    rows = list_cells(page.find("table", **{"class": "stacks rules"}))
    assert len(rows) == 41 and rows[39][0] == "c-039" and rows[40] == ["And 60 more bounds, in plan.json."]


def test_a_page_holds_no_text_of_its_plan() -> None:
    from prism_rules.render import html

    render_html(make_full_plan())
    assert html._encode_text.cache_info().currsize == html._mark_prose.cache_info().currsize == 0


def test_evidence_says_which_line_sets_the_bound(page: Element) -> None:
    fold = find_action(page, "recalibrate")
    (cells,) = list_cells(fold.find("table", **{"class": "stacks evidence"}))
    rule, status, value, bound = cells[:4]
    assert rule == "Reviewers agree on the class surface-scratch"
    assert status.startswith("fail")
    assert value == "0.63 (0.55 to 0.70)"
    assert bound.startswith("must be at least 0.75") and "(rulesets/surface.yaml:47)" in bound
    (chart,) = fold.find_all("svg")
    assert chart.attributes["role"] == "img" and chart.find("title").read()


def test_what_is_not_evaluated_shows_the_value_that_it_has() -> None:
    few = make_finding("f", "class-agreement", {"class": "dent"}, 0.926667, status="insufficient", n=6, reason="few")
    page = read_page(render_html(make_plan(findings=[few])))
    (cells,) = list_cells(page.find("section", **{"aria-labelledby": "silent"}).find("table"))
    assert cells[1:] == ["dent", "0.93", "too little of one annotator to tell", "6 rows"]


def test_a_queue_shows_its_first_rows(page: Element) -> None:
    region = find_action(page, "recalibrate").find("div", role="region")
    assert region.attributes["tabindex"] == "0" and region.attributes["aria-label"].startswith("The first 2 of ")
    head = [one.read() for one in region.find("thead").find_all("th")]
    assert head == ["row_id", "confidence", "label", "lighting", "overridden", "why", "inclusion_probability"]
    assert list_cells(region.find("table")) == [
        ["img-7", "0.61", "", "glare", "false", "unseen-lighting", "0.25"],
        ["img-9", "0.58", "dent", "reflection", "true", "unseen-lighting", "0.25"],
    ]


def test_rules_show_every_bound_with_its_line(page: Element) -> None:
    table = page.find("table", **{"class": "stacks rules"})
    rows = next(list_cells(Element("", content=[body])) for body in table.find_all("tbody")
                if "class-agreement" in body.read())  # fmt: skip
    assert [row[-4:-1] for row in rows] == [
        ["everywhere else", "fail", "must be at least 0.75"], ["dent", "fail", "must be at least 0.70"],
    ]  # fmt: skip
    assert rows[0][-1] == "the rule (rulesets/surface.yaml:47)"


def test_filters_are_native_and_every_action_answers_to_them(page: Element) -> None:
    plan = make_full_plan()
    form = page.find("form")
    assert "hidden" in form.attributes and form.find("p", role="status").attributes["aria-live"] == "polite"
    options = {one.attributes["name"]: [o.read() for o in one.find_all("option")] for one in form.find_all("select")}
    assert list(options) == ["owner", "class", "cause", "state"]
    assert options["owner"] == ["all", "@org/labels-metal", "@org/reliability", "nobody"]
    assert options["class"] == ["all", "edge-chip", "surface-scratch"]
    assert options["state"] == ["all", "blocked", "proposed"]

    def read(action: ActionEntry, name: str) -> set[str]:
        item = next(one for one in page.walk() if one.attributes.get("id") == f"action-{action.id}")
        return {options[name][int(number)] for number in item.attributes[f"data-{name}"].split()}

    for action in plan.actions:
        assert read(action, "owner") == {action.owner or "nobody"} and read(action, "state") == {action.state}
    refresh = next(one for one in plan.actions if one.action == "refresh-validation")
    assert read(refresh, "class") == {"edge-chip", "surface-scratch"}
    assert len(read(refresh, "cause")) == 2


def test_two_thousand_findings_take_less_than_a_second() -> None:
    plan = make_big_plan()
    render_html(make_passing_plan())
    begun = time.process_time()
    page = render_html(plan)
    assert time.process_time() - begun < 1.5  # of a slow or shared core; a second elsewhere
    assert page.count('<li id="action-') == 2_000
    assert page.count("<svg") == 300  # of 150 findings, each with an action and in the list of those without a cause
    assert "And 1,700 more" in page


def test_one_rule_is_one_and_a_digest_says_once_what_it_is() -> None:
    plan = make_full_plan()
    ruleset = plan.ruleset.model_copy(update={"files": (FileDigest(path="own.yaml", sha256="sha256:f2df"),)})
    name, rule = next(iter(plan.rules.items()))
    page = render_html(plan.model_copy(update={"ruleset": ruleset, "rules": {name: rule}}))
    assert "own.yaml, <code>sha256:f2df</code>" in page
    assert '<span class="meta">1 rule</span>' in page


def test_a_plan_without_anything_to_do_says_so() -> None:
    page = read_page(render_html(make_passing_plan()))
    assert "Nothing to do." in page.find("main").read()
    assert not page.find_all("form") and not page.find_all("ol")


def test_the_alert_of_a_narrowed_plan_says_of_what_it_is() -> None:
    fails = make_finding("f", "class-agreement", {"class": "dent"}, 0.6)
    page = read_page(render_html(make_plan(status="fail", findings=[fails], only_changes=True)))
    alert = page.find("section", **{"aria-label": "What to begin with"}).find("p").read()
    assert alert == "1 finding fails among what changed : dent."


def test_one_that_is_left_is_told_as_one() -> None:
    few = [make_finding(f"f{n}", "class-agreement", {"class": f"c-{n}"}, None, status="no_data") for n in range(301)]
    failed = [make_finding(f"g{n}", "class-agreement", {"class": f"d-{n}"}, 0.6) for n in range(51)]
    unexplained = tuple(one.id for one in failed)
    page = read_page(render_html(make_plan(status="fail", findings=[*few, *failed], unexplained=unexplained)))
    silent = page.find("section", **{"aria-labelledby": "silent"})
    assert silent.find("p", **{"class": "note"}).read() == "And 1 more row, in plan.json."
    findings = page.find("section", **{"aria-labelledby": "findings"})
    assert findings.find("summary").read() == "1 more finding"
