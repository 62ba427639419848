"""The page in a browser: filters, keyboard, fragment, paper, no script, colours, small screens; and what axe finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from prism_rules.render.html import render_html
from tests.render.html.test_page import make_full_plan
from tests.render.plans import make_big_plan, make_hostile_plan

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = "axe-core@4.10.3"
SHOWN = "#actions > li:not([hidden])"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "plan.html"
    path.write_text(render_html(make_full_plan()), "utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, file: str) -> Iterator[Page]:
    """The page on a desk; what it asks for beside itself, and what it complains of, fails the test."""
    wrong: list[str] = []
    with browser.new_context(viewport={"width": 1200, "height": 900}) as context:
        page = context.new_page()
        page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(file) else None)
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(file)
        yield page
    assert wrong == []


def list_titles(page: Page) -> list[str]:
    return page.locator(f"{SHOWN} h3").all_text_contents()


def test_filters_combine_are_counted_and_kept_in_the_fragment(page: Page, file: str) -> None:
    every = list_titles(page)
    assert len(every) == 5 and page.locator("#shown").text_content() == "All 5 shown"
    page.get_by_label("Owner").select_option("@org/labels-metal")
    own = list_titles(page)
    page.get_by_label("State").select_option("blocked")
    assert list_titles(page) == ["Relabel low-confidence surface-scratch"] != own
    assert page.locator("#shown").text_content() == "1 of 5 shown"
    kept = page.url
    assert kept == f"{file}#owner=%40org%2Flabels-metal&state=blocked"
    page.get_by_role("button", name="Clear filters").click()
    assert list_titles(page) == every and page.url == file
    page.get_by_label("Class").select_option("edge-chip")
    page.get_by_label("Cause").select_option(index=1)
    assert 0 < len(list_titles(page)) < 5
    page.goto("about:blank")
    page.goto(kept)
    assert list_titles(page) == ["Relabel low-confidence surface-scratch"]
    assert page.get_by_label("State").input_value() == "blocked"


def test_it_is_used_by_the_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    met: list[str] = []
    for _ in range(200):
        page.keyboard.press("Tab")
        told = page.evaluate("""() => {
            const at = document.activeElement, style = getComputedStyle(at);
            const name = at.tagName + (at.id || at.name || at.className);
            return [name, style.outlineStyle, parseFloat(style.outlineWidth)];
        }""")
        if told[0] in ("BODY", "Askip"):  # out of the page, or round to its beginning
            break
        assert told[1:] == ["solid", 3], told
        met.append(told[0])
        if told[0] == "SELECTstate":
            page.keyboard.press("b")
            assert page.locator("#shown").text_content() == "1 of 5 shown"
        if told[0] == "SUMMARY" and met.count("SUMMARY") <= 1:
            page.keyboard.press("Space")
            assert page.locator(f"{SHOWN} details[open]").count() == 1
            page.keyboard.press("Enter")
            assert page.locator(f"{SHOWN} details[open]").count() == 0
    else:
        raise AssertionError("the keyboard does not get out of the page")
    assert [one for one in met if one.startswith(("SELECT", "BUTTON"))] == [
        "SELECTowner", "SELECTclass", "SELECTcause", "SELECTstate", "BUTTONclear", "BUTTONfold",
    ]  # fmt: skip


def test_a_link_to_an_action_opens_it_whatever_is_filtered(page: Page) -> None:
    page.get_by_label("State").select_option("blocked")
    page.locator(".alert a").click()
    first = page.locator("#actions > li").first
    assert first.is_visible() and first.locator("details").get_attribute("open") is not None
    assert page.get_by_label("State").input_value() == ""


def test_a_link_to_a_section_leaves_the_filters_as_they_are(page: Page, file: str) -> None:
    page.get_by_label("State").select_option("blocked")
    page.get_by_role("link", name="What to do").click()
    assert page.url == f"{file}#do&state=blocked" and len(list_titles(page)) == 1
    page.goto("about:blank")
    page.goto(f"{file}#do&state=blocked")
    assert page.evaluate("scrollY") > 0 and len(list_titles(page)) == 1
    page.get_by_label("State").select_option("")
    assert page.url == file and len(list_titles(page)) == 5


@pytest.mark.parametrize("width", [320, 390, 700, 1100, 2000])
def test_no_filter_lies_upon_another(browser: Browser, tmp_path: Path, width: int) -> None:
    plan = make_full_plan()
    long = [d.model_copy(update={"title": f"{d.title}, {'with a long name ' * 8}"}) for d in plan.diagnoses]
    path = tmp_path / "plan.html"
    path.write_text(render_html(plan.model_copy(update={"diagnoses": tuple(long)})), "utf-8")
    with browser.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        boxes = [one.bounding_box() for one in page.locator("#filters select, #filters button, #shown").all()]
    assert len(boxes) == 7
    for one, other in combinations(filter(None, boxes), 2):
        beside = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
        above = one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1
        assert beside or above, (one, other)


def test_all_folds_open_and_close_together(page: Page) -> None:
    fold = page.get_by_role("button", name="Open all")
    fold.click()
    assert page.locator("#actions details[open]").count() == 5 and fold.get_attribute("aria-pressed") == "true"
    fold.click()
    assert page.locator("#actions details[open]").count() == 0


def test_on_paper_everything_is_open_and_no_control_is_there(page: Page) -> None:
    hidden = page.locator("#actions .fold").first
    assert not hidden.is_visible()
    page.emulate_media(media="print")
    for place in (".fold", "main details table"):
        assert all(one.is_visible() for one in page.locator(place).all())
    assert not page.locator("#filters").is_visible() and not page.locator("nav").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="screen")
    assert not hidden.is_visible()


def test_without_script_everything_is_shown_and_no_filter_is_there(browser: Browser, file: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{file}#state=blocked")
        assert page.locator("#actions > li").count() == 5
        assert all(one.is_visible() for one in page.locator("#actions > li").all())
        assert not page.locator("#filters").is_visible()
        page.locator("#actions summary").first.click()
        assert page.locator("#actions .fold").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_dark_for_who_asks_for_dark(browser: Browser, file: str, scheme: Any) -> None:
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(file)
        red = page.evaluate("parseInt(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")
        assert red > 240 if scheme == "light" else red < 40


@pytest.mark.parametrize("plan", [make_full_plan(), make_hostile_plan(), make_big_plan(20)])
@pytest.mark.parametrize("width", [320, 390, 768, 1200])
def test_nothing_is_wider_than_the_screen(browser: Browser, tmp_path: Path, plan: Any, width: int) -> None:
    path = tmp_path / "plan.html"
    path.write_text(render_html(plan), "utf-8")
    with browser.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_names_that_try_to_run_do_not(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "plan.html"
    path.write_text(render_html(make_hostile_plan()), "utf-8")
    asked: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append(dialog.message))
        page.goto(path.as_uri())
        page.get_by_label("Owner").select_option(index=1)
        page.reload()
        assert page.get_by_label("Owner").evaluate("one => one.selectedIndex") == 1
    assert {url.partition("#")[0] for url in asked} == {path.as_uri()}


@pytest.fixture(scope="session")
def axe(fetch_packages: Callable[[str, list[str]], Path]) -> str:
    folder = fetch_packages("the page is not looked at by axe", [AXE])
    return (folder / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("plan", [make_full_plan(), make_hostile_plan()])
def test_axe_finds_nothing(browser: Browser, tmp_path: Path, axe: str, scheme: Any, width: int, plan: Any) -> None:
    path = tmp_path / "plan.html"
    path.write_text(render_html(plan), "utf-8")
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        page.evaluate(axe)
        found = page.evaluate("async () => (await axe.run()).violations")
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found] == []


@pytest.mark.parametrize("width", [940, 1280, 1920])
def test_no_figure_of_a_table_is_parted_at_a_desk(browser: Browser, file: str, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.goto(file)
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        heights = page.locator(".evidence strong .whole, .evidence td .whole").evaluate_all(
            "all => all.map(one => [one.textContent, one.getClientRects().length])"
        )
    assert ["0.63 (0.55 to 0.70)", 1] in heights and {lines for _, lines in heights} == {1}
