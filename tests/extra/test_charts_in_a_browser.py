"""Charts as a browser shows them: whole, on a white page and on a dark one, and no text upon another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from prism_rules.model.plan import Plan
from prism_rules.render.charts import draw_trends
from prism_rules.render.charts.ink import DARK, LIGHT
from tests.render.plans import make_big_plan, make_glare_plan, make_hostile_plan

if TYPE_CHECKING:
    from playwright.sync_api import Browser

OVERLAPS = """() => [...document.querySelectorAll('g.panel')].flatMap(panel => {
  const texts = [...panel.querySelectorAll('text')].filter(t => t.textContent);
  const boxes = texts.map(t => t.getBoundingClientRect());
  return boxes.flatMap((a, i) => boxes.slice(i + 1).map((b, j) => [a, b, i, i + 1 + j])
    .filter(([a, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5
                     && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3)
    .map(([, , i, j]) => [texts[i].textContent, texts[j].textContent]));
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_is_shown_whole_in_the_colours_of_its_reader(
    browser: Browser, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    (tmp_path / "trends.svg").write_text(draw_trends(make_glare_plan()) or "", "utf-8")
    page_file = tmp_path / "page.html"
    ground = {"light": "#ffffff", "dark": "#0d1117"}[scheme]
    page_file.write_text(f'<body style="margin:0;background:{ground}"><img src="trends.svg"></body>', "utf-8")
    page = browser.new_page(viewport={"width": 960, "height": 900}, color_scheme=scheme)
    page.goto(page_file.as_uri())
    size = page.evaluate("() => (i => [i.complete, i.naturalWidth, i.naturalHeight])(document.images[0])")
    assert size == [True, 900, 764]
    page.goto((tmp_path / "trends.svg").as_uri())
    inks = DARK if scheme == "dark" else LIGHT
    painted = page.evaluate("() => getComputedStyle(document.querySelector('rect')).fill")
    assert painted == f"rgb({', '.join(str(int(inks['ground'][at : at + 2], 16)) for at in (1, 3, 5))})"
    page.close()


@pytest.mark.parametrize("make", [make_glare_plan, make_big_plan, make_hostile_plan])
def test_no_text_lies_upon_another(browser: Browser, tmp_path: Path, make: Callable[[], Plan]) -> None:
    (tmp_path / "trends.svg").write_text(draw_trends(make()) or "", "utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "trends.svg").as_uri())
    assert page.locator("g.panel").count() > 5
    assert page.evaluate(OVERLAPS) == []
    page.close()
