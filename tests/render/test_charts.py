"""Charts: places against scales worked out by hand, gaps, colours, and texts and numbers of any kind."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prism_rules.model.plan import BaselineValue, Bound, Cleared, Finding, HistoryPoint, Passing, Plan, ResolvedBound
from prism_rules.render.charts import draw_panel, draw_trends
from prism_rules.render.charts.ink import DARK, DARK_STYLE, LIGHT
from tests.render.plans import (
    HOSTILE,
    WEEK,
    make_big_plan,
    make_finding,
    make_glare_plan,
    make_hostile_plan,
    make_passing_plan,
    make_plan,
    make_rules,
)

SVG = "{http://www.w3.org/2000/svg}"
ENDS = ("2026-02-08", "2026-02-15", "2026-02-22")
TOP, BOTTOM, LEFT, RIGHT = 84.0, 172.0, 49.0, 185.0
"""Where the highest and the lowest, the first and the last point of a field may stand."""
RULE = "class-agreement"
WORDS = {"fail": "fail", "warn": "warn", "unsure": "unsure, may fail", "waived": "waived (fail)",
         "insufficient": "insufficient"}  # fmt: skip


def bind(level: str, kind: str, value: float | tuple[float, float], **more: Any) -> ResolvedBound:
    facts: dict[str, Any] = {"level": level, "kind": kind, "value": value, "origin": f"{level}.{kind}", **more}
    return ResolvedBound(**facts)


def see(value: float | None, *past: float | None, bounds: tuple[ResolvedBound, ...] = (), **more: Any) -> Plan:
    """Make a plan with one finding, its earlier windows a week apart, and the bounds of its rule."""
    base = more.pop("base", None)
    baseline = (
        BaselineValue(value=base, n=90, scope={}, source="then", window=(None, WEEK[1])) if base is not None else None
    )
    decided = Bound(**bounds[0].model_dump(exclude={"match"})) if bounds else None
    finding = make_finding("f", RULE, {"class": "dent"}, value, baseline=baseline, bound=decided, **more)
    points = [HistoryPoint(to=f"{end}T00:00:00Z", value=one, n=50, status="pass")
              for end, one in zip(ENDS[-len(past):] if past else (), past, strict=True)]  # fmt: skip
    rules = make_rules()
    rules[RULE] = rules[RULE].model_copy(update={"bounds": bounds})
    return make_plan(findings=(finding,), history={"f": tuple(points)} if points else {}, rules=rules, status="fail")


def read(plan: Plan) -> ET.Element:
    return ET.fromstring(draw_panel(plan.findings[0], plan))


def find(root: ET.Element, kind: str) -> list[ET.Element]:
    return [one for one in root.iter() if one.get("data-kind") == kind]


def list_spots(root: ET.Element, kind: str = "values") -> list[list[tuple[float, float]]]:
    """List the corners of each line of a kind."""
    return [[(float(x), float(y)) for x, y in re.findall(r"([-\d.]+) ([-\d.]+)", path.get("d", ""))]
            for path in find(root, kind)]  # fmt: skip


def list_heights(root: ET.Element, kind: str) -> list[float]:
    return [float(line.get("y1", "nan")) for line in find(root, kind)]


def test_places_that_begin_alike_stay_apart_whatever_the_title() -> None:
    def list_places(title: str, line: str) -> list[str]:
        plan = see(0.5)
        finding = plan.findings[0].model_copy(update={"scope": {"class": "surface-scratch-deep", "site": line}})
        rules = {RULE: plan.rules[RULE].model_copy(update={"title": title})}
        texts = list_texts(read(plan.model_copy(update={"findings": (finding,), "rules": rules})))
        return [text for text in texts if "surface" in text or "plant" in text]

    assert list_places("Agreement", "plant-1-line-1") == ["surface-scratch-deep at", "plant-1-line-1"]
    long = "Reviewers agree on the class that they give to what they see"
    [one], [other] = list_places(long, "plant-1-line-1"), list_places(long, "plant-2-line-3")
    assert one.startswith("surface") and one.endswith("1-line-1") and other.endswith("2-line-3")


def list_texts(root: ET.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def test_values_and_bounds_stand_on_one_scale() -> None:
    root = read(see(0.8, 0.6, bounds=(bind("fail", "below", 0.7), bind("warn", "below", 0.75))))
    # From 0.584 to 0.816: the values with 8% of air, on 88 pixels.
    assert list_heights(root, "fail") == [128.0]
    assert list_heights(root, "warn") == [109.0]
    assert list_spots(root) == [[(LEFT, 165.9), (RIGHT, 90.1)]]
    assert {"fail < 0.70", "warn < 0.75"} <= set(list_texts(root))
    (tinted,) = find(root, "beyond")
    assert (tinted.get("y"), tinted.get("height")) == ("128.0", "44.0"), "what lies below fails"


@pytest.mark.parametrize(
    ("bound", "base", "named"),
    [
        (bind("fail", "above", 0.05), None, ["fail > 0.05"]),
        (bind("fail", "outside", (0.2, 0.4)), None, ["fail < 0.20", "fail > 0.40"]),
        (bind("fail", "drop", 0.1), 0.91, ["fail < 0.81"]),
        (bind("fail", "drop", 0.1, relative=True), 200.0, ["fail < 180"]),
        (bind("fail", "rise", 0.25, relative=True), -8.0, ["fail > -6"]),
        (bind("fail", "change", 0.5), -0.25, ["fail < -0.75", "fail > 0.25"]),
    ],
)
def test_a_bound_is_drawn_at_the_level_that_it_amounts_to(
    bound: ResolvedBound, base: float | None, named: list[str]
) -> None:
    root = read(see(0.3, bounds=(bound,), base=base))
    heights = list_heights(root, "fail")
    # The lower a level, the further down it stands.
    assert len(heights) == len(named) == len(find(root, "beyond"))
    assert heights == sorted(heights, reverse=True)
    assert [text for text in list_texts(root) if text.startswith("fail ")] == [*reversed(named)]
    assert len(list_heights(root, "baseline")) == (base is not None)


def test_a_level_below_its_baseline_is_as_far_away_as_the_bound_says() -> None:
    root = read(see(0.61, bounds=(bind("fail", "drop", 0.1),), base=0.91))
    (fail,), (base,) = list_heights(root, "fail"), list_heights(root, "baseline")
    # 0.61 to 0.91 is 0.3, and with air 0.348 on 88 pixels.
    assert fail - base == pytest.approx(0.1 / 0.348 * 88, abs=0.11)


def test_without_a_baseline_no_level_is_made_up() -> None:
    root = read(see(0.3, bounds=(bind("fail", "drop", 0.1),)))
    assert not find(root, "fail") and not find(root, "baseline") and len(find(root, "value")) == 1


def test_the_interval_of_a_distance_is_told_from_the_baseline() -> None:
    drop = (bind("fail", "drop", 0.1),)
    (whisker,) = find(read(see(0.6, bounds=drop, base=0.9, interval=(-0.4, -0.2), confidence=0.95)), "interval")
    # 0.5 to 0.9: the interval reaches from 0.5 to 0.7, and the level is at 0.8.
    assert [float(whisker.get(name, "")) for name in ("y1", "y2")] == [
        pytest.approx(BOTTOM - 88 * (end - 0.468) / 0.464, abs=0.06) for end in (0.7, 0.5)]  # fmt: skip
    (whisker,) = find(read(see(0.6, bounds=(bind("fail", "below", 0.8),), interval=(0.5, 0.7))), "interval")
    assert float(whisker.get("y2", "")) == pytest.approx(BOTTOM - 88 * 0.024 / 0.348, abs=0.06)


def test_a_window_without_a_value_is_a_gap() -> None:
    plan = see(0.8, 0.6, None, 0.7)
    root = read(plan)
    # Three weeks on 136 pixels; the first point stands alone.
    assert [[x for x, _ in line] for line in list_spots(root)] == [[pytest.approx(139.7), RIGHT]]
    assert len(find(root, "value")) == 3
    ((first, _, _, _),) = [[x for x, _ in cross] for cross in list_spots(root, "gap")]
    assert first == pytest.approx(94.3 - 3, abs=0.06)
    assert "2026-02-15 no value" in "".join(root.itertext())


def test_a_window_that_only_other_findings_have_is_a_gap_too_but_not_before_the_first() -> None:
    plan = see(0.8, 0.6, 0.7)
    others = tuple(
        HistoryPoint(to=f"{end}T00:00:00Z", value=1, n=1, status="pass") for end in ("2026-02-01", "2026-02-18")
    )
    root = read(plan.model_copy(update={"history": {**plan.history, "other": others}}))
    assert len(find(root, "end")) == 5, "every window has its place on the axis"
    assert len(find(root, "gap")) == 1
    assert [len(line) for line in list_spots(root)] == [2]


def test_windows_stand_as_far_apart_as_their_days() -> None:
    plan = see(0.8, 0.6, 0.7)
    points = plan.history["f"]
    moved = (points[0].model_copy(update={"to": "2026-01-30T00:00:00Z"}), points[1])
    (line,) = list_spots(read(plan.model_copy(update={"history": {"f": moved}})))
    # 30 January to 1 March is 30 days, of which 22 February ends 23.
    x = [x for x, _ in line]
    assert (x[1] - x[0]) / (x[2] - x[0]) == pytest.approx(23 / 30, abs=0.001)


def test_a_first_plan_shows_its_one_window_beside_the_bound() -> None:
    root = read(see(0.6, bounds=(bind("fail", "below", 0.7),), interval=(0.5, 0.65)))
    assert not find(root, "values") and not find(root, "gap")
    (mark,) = find(root, "value")
    assert mark.tag == f"{SVG}path" and len(find(root, "interval")) == 1
    assert list_heights(root, "fail") == [pytest.approx(172 - 88 * 0.216 / 0.232, abs=0.06)]
    assert [text for text in list_texts(root) if text.startswith("2026")] == ["2026-03-01"]
    assert {"fail", "0.60 (0.50 to 0.65)", "719 rows", "dent", "Reviewers agree on the class"} <= set(list_texts(root))


def test_statuses_are_told_by_word_and_by_shape() -> None:
    drawn = {}
    for status, word in WORDS.items():
        more = {"unsure_of": "fail"} if status == "unsure" else {"hides": "fail"} if status == "waived" else {}
        root = read(see(0.6, 0.7, status=status, **more))
        assert word in list_texts(root)
        mark = find(root, "status")[0]
        assert find(root, "value")[-1].get("fill") == mark.get("fill")
        drawn[status] = (mark.tag, mark.get("d"), mark.get("fill"))
    assert len(set(drawn.values())) == len(WORDS)


def test_what_cleared_is_drawn_with_its_windows_and_its_bound() -> None:
    plan = see(0.6, 0.5, 0.6, bounds=(bind("fail", "drop", 0.1),), base=0.9)
    cleared = Cleared(id="f", rule=RULE, scope={"class": "dent"}, was=0.6, value=0.85, since="2026-02-15",
                      baseline=plan.findings[0].baseline)  # fmt: skip
    passing = Passing(id="f", rule=RULE, scope={"class": "dent"}, value=0.85, n=77)
    plan = plan.model_copy(update={"findings": (), "cleared": (cleared,), "passes": (passing,)})
    root = ET.fromstring(draw_panel(cleared, plan))
    assert {"cleared", "was 0.600, now 0.850", "77 rows", "fail < 0.80", "base 0.90"} <= set(list_texts(root))
    assert [len(line) for line in list_spots(root)] == [3]
    assert draw_trends(plan) is not None


def test_the_bound_of_a_family_that_a_plan_does_not_tell_is_not_drawn() -> None:
    bounds = (bind("fail", "below", 0.7), bind("warn", "below", 0.8), bind("warn", "below", 0.9, match={"family": "x"}))
    plan = see(0.6, bounds=bounds)
    assert len(find(read(plan), "fail")) == 1
    assert not find(read(plan), "warn"), "it may be 0.8 or 0.9"


def test_the_picture_has_what_is_worth_looking_at_in_the_order_of_the_plan() -> None:
    glare = ET.fromstring(draw_trends(make_glare_plan()) or "")
    panels = [one for one in glare.iter(f"{SVG}g") if one.get("class") == "panel"]
    # Eight fail and one cleared; what is waived or was not evaluated is told elsewhere.
    assert len(panels) == 9
    assert [word for panel in panels for word in list_texts(panel) if word in ("fail", "cleared")] == [
        *["fail"] * 8, "cleared"]  # fmt: skip
    many = ET.fromstring(draw_trends(make_big_plan(40)) or "")
    assert len([one for one in many.iter(f"{SVG}g") if one.get("class") == "panel"]) == 12
    assert "As of 2026-03-01. 12 of 80, the worst first; the other 68 are in plan.json." in list_texts(many)


def test_there_is_no_picture_of_nothing() -> None:
    assert draw_trends(make_passing_plan()) is None
    plan = see(None, status="no_data", reason="no_rows")
    assert draw_panel(plan.findings[0], plan) == ""
    assert draw_trends(plan) is None


def test_the_same_plan_gives_the_same_bytes_whatever_its_order_of_history() -> None:
    plan = make_glare_plan()
    turned = plan.model_copy(update={"history": dict(reversed(plan.history.items()))})
    assert draw_trends(plan) == draw_trends(plan.model_copy(deep=True)) == draw_trends(turned)


numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1e-3, 1e-3),
    st.integers(-3, 3).map(float),
    st.sampled_from([1e308, -1e308, 5e-324]),
)


@settings(max_examples=60, deadline=None)
@given(numbers, st.lists(st.none() | numbers, max_size=3), st.tuples(numbers, numbers), numbers, st.none() | numbers)
def test_whatever_the_numbers_every_place_is_a_number_inside_the_panel(
    value: float, past: list[float | None], ends: tuple[float, float], limit: float, base: float | None
) -> None:
    bounds = (bind("fail", "outside", ends), bind("warn", "change", limit), bind("warn", "drop", limit, relative=True))
    plan = see(value, *past, bounds=bounds, base=base, interval=ends)
    drawn = draw_panel(plan.findings[0], plan)
    assert "nan" not in drawn and "inf" not in re.sub("<(title|desc)>.*", "", drawn)
    for text in re.findall(r' (?:[xyrd]|[xy][12]|c[xy]|width|height)="([^"]*)"', drawn):
        for number in re.findall(r"[^ ML]+", text.rstrip("Z")):
            assert re.fullmatch(r"-?\d+(\.\d)?", number) and number != "-0.0" and -10 <= float(number) <= 312, text


@pytest.mark.parametrize(
    "values", [(0.0, 0.0), (5.0, 5.0), (-2.0, -2.0), (1e9, 1e9 + 1e-6), (-1e300, 1e300), (1e-6, 2e-6)]
)
def test_a_range_of_any_size_is_drawn(values: tuple[float, float]) -> None:
    root = read(see(values[1], values[0]))
    ((_, first), (_, last)) = list_spots(root)[0]
    assert (first > last) == (values[1] > values[0])
    assert TOP <= last <= first <= BOTTOM
    labels = [one.text for one in root.iter(f"{SVG}text") if one.get("x") == "35.0"]
    assert len(set(labels)) == len(labels) and all(len(label or "") <= 6 for label in labels), labels


def measure(text: ET.Element) -> tuple[float, float, float, float]:
    """Measure a text by a rule of thumb of its own: letters are six tenths as broad as high, ideographs as broad."""
    size, said = float(text.get("font-size", "")), text.text or ""
    width = sum(1.0 if ord(char) > 0x1100 else 0.3 if char in " .,ilj()" else 0.56 for char in said) * size
    x, y = float(text.get("x", "")), float(text.get("y", ""))
    x -= {None: 0, "middle": width / 2, "end": width}[text.get("text-anchor")]
    return x, y - 0.8 * size, x + width, y + 0.2 * size


def make_wordy_plan() -> Plan:
    """Titles, scopes, units and statuses with no room."""
    plan = make_big_plan(12)
    rules = {name: rule.model_copy(update={"title": "外観検査" * 30}) for name, rule in plan.rules.items()}
    findings = [
        finding.model_copy(
            update={"scope": {"class": "一" * 50, "site": "W" * 70}, "unit": "measurements of reflections", "n": 10**12,
                    "status": "unsure", "unsure_of": "fail", "value": -123456789.123456, "interval": (-1e8, 1e9)}
        )
        for finding in plan.findings if finding.value is not None
    ]  # fmt: skip
    return plan.model_copy(update={"rules": rules, "findings": tuple(findings)})


@pytest.mark.parametrize("make", [make_glare_plan, make_big_plan, make_wordy_plan, make_hostile_plan])
def test_no_text_touches_another_or_leaves_its_panel(make: Any) -> None:
    root = ET.fromstring(draw_trends(make()) or "")
    groups = [one for one in root.iter(f"{SVG}g") if one.get("class") == "panel"]
    for group in groups:
        boxes = [measure(one) for one in group.iter(f"{SVG}text") if one.text]
        assert len(boxes) > 5
        assert all(x1 >= -1 and x2 <= 280 and y1 >= 0 and y2 <= 196 for x1, y1, x2, y2 in boxes)
        for one, other in combinations(boxes, 2):
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] + 1 or other[3] <= one[1] + 1
            assert apart, (one, other)
    assert all(measure(one)[2] <= float(root.get("width", "")) for one in root.findall(f"{SVG}text"))


def test_crowded_levels_keep_their_names_apart() -> None:
    bounds = (
        bind("fail", "below", 0.80), bind("fail", "above", 0.99),
        bind("warn", "below", 0.81), bind("warn", "above", 0.98),
    )  # fmt: skip
    root = read(see(0.1, bounds=bounds, base=0.805))
    named = [one for one in root.iter(f"{SVG}text") if re.match("(fail|warn) [<>]|base ", one.text or "")]
    heights = sorted(float(one.get("y", "")) for one in named)
    assert len(heights) == 5
    assert all(low - high >= 12.9 for high, low in pairwise(heights))


def list_colours(root: ET.Element) -> Iterator[tuple[ET.Element, str, str]]:
    for one in root.iter():
        for name in ("fill", "stroke"):
            if one.get(name) not in (None, "none"):
                yield one, name, one.get(name, "")


def compute_contrast(one: str, other: str) -> float:
    """Compute the contrast of two colours as WCAG 2.1 defines it."""

    def shine(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((shine(one), shine(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("inks", [LIGHT, DARK])
def test_every_ink_is_legible_on_its_ground(inks: dict[str, str]) -> None:
    root = ET.fromstring(draw_trends(make_glare_plan()) or "")
    names = {LIGHT[name]: name for name in LIGHT}
    ground = root.find(f"{SVG}rect")
    assert ground is not None
    assert [float(ground.get(side, "")) for side in ("width", "height")] == [
        float(root.get(side, "")) for side in ("width", "height")]  # fmt: skip
    assert ground.get("fill") == LIGHT["ground"] and ground.get("fill-opacity") is None
    seen = set()
    for one, name, colour in list_colours(root):
        # The class turns it dark: both are of one name.
        assert f"p{name[0]}-{names[colour]}" in one.get("class", "").split(), ET.tostring(one)
        seen.add(names[colour])
        if names[colour] != "ground" and one.get("fill-opacity") is None:
            least = 4.5 if one.tag == f"{SVG}text" else 3
            assert compute_contrast(inks[names[colour]], inks["ground"]) >= least, names[colour]
    assert seen >= {"ground", "ink", "soft", "line", "fail", "pass"}
    assert all(compute_contrast(inks[name], inks["ground"]) >= 4.5 for name in ("warn", "unsure"))
    for name, colour in DARK.items():
        assert f".pf-{name}{{fill:{colour}}}.ps-{name}{{stroke:{colour}}}" in DARK_STYLE


def test_no_text_is_small() -> None:
    root = ET.fromstring(draw_trends(make_glare_plan()) or "")
    assert root.get("width") == "900"
    assert min(float(one.get("font-size", "")) for one in root.iter(f"{SVG}text")) >= 11


@pytest.mark.parametrize("make", [make_glare_plan, make_hostile_plan])
def test_a_picture_is_made_of_plain_shapes_whatever_things_are_called(make: Any) -> None:
    plan: Plan = make()
    for drawn in (draw_trends(plan) or "", *(draw_panel(one, plan) for one in plan.findings if one.value is not None)):
        root = ET.fromstring(drawn)
        tags = {one.tag.removeprefix(SVG) for one in root.iter()}
        assert tags <= {"svg", "title", "desc", "style", "g", "text", "line", "path", "rect", "circle"}
        assert [one.text for one in root.iter(f"{SVG}style")] in ([], [DARK_STYLE])
        assert not any(name.startswith("on") or "href" in name for one in root.iter() for name in one.attrib)
        assert "url(" not in drawn
        assert not set(drawn) & set("\u202e\x1b\x00"), "nothing invisible is written"
        assert root.get("role") == "img"
        assert [one.tag for one in root][:2] == [f"{SVG}title", f"{SVG}desc"]
        assert all((one.text or "").strip() for one in [*root][:2])


def test_a_hostile_name_is_shown_as_text() -> None:
    plan = make_hostile_plan()
    finding: Finding = next(one for one in plan.findings if one.value is not None)
    root = ET.fromstring(draw_panel(finding, plan))
    assert any(text.startswith("</details>\\n# Free") for text in list_texts(root)), list_texts(root)
    assert "<script>" in HOSTILE and "<script" not in draw_panel(finding, plan)
