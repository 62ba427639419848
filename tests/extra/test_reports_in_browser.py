"""The reports of the demonstration as people see them: in a browser, by day and by night, on a desk and on a phone."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from prism_rules.cli import run
from prism_rules.render.markdown import TRENDS, render_markdown
from prism_rules.render.saved import read_saved

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SCREENS = {"phone": (390, 844), "desktop": (1012, 900)}
MERMAID = "node_modules/mermaid/dist/mermaid.min.js"
CYCLES = ["2026-03-01", "2026-03-22", "2026-04-12"]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="200"><path d="M0 0h600v200H0z"/></svg>'

WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
TABLES = "() => [...document.querySelectorAll('table')].map(t => [...t.rows].map(r => r.cells.length))"
HEADINGS = "() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(h => h.tagName)"
FOLDS = "() => [...document.querySelectorAll('details')].map(d => [d.open, d.offsetHeight, d.children.length])"
IMAGES = "() => [...document.images].map(i => [i.alt, i.complete && i.naturalWidth])"
# Texts that contrast with what is behind them by less than 4.5 to 1 (WCAG 2.2, success criterion 1.4.3).
FAINT = """() => {
  const read = text => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const behind = node => node === null ? [255, 255, 255, 1]
    : over(read(getComputedStyle(node).backgroundColor), behind(node.parentElement));
  const light = colour => colour.slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
    if (!text || element.closest("svg, script, style")) continue;
    const ground = behind(element), ink = over(read(getComputedStyle(element).color), ground);
    const [low, high] = [light(ground), light(ink)].sort((a, b) => a - b);
    if ((high + 0.05) / (low + 0.05) < 4.5) faint.push(text);
  }
  return faint;
}"""


def load_pictures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_picture", PICTURES / "make_picture.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "demo"
    assert run(["demo", "--out", str(out)]) == 0
    return out / "plans"


@pytest.fixture(params=[f"{screen}-{scheme}" for screen in SCREENS for scheme in ("light", "dark")])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    screen, scheme = request.param.split("-")
    width, height = SCREENS[screen]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    yield page
    page.close()


def show(page: Page, folder: Path, report: str, mermaid: Path | None = None) -> None:
    """Show a report as the page that stands beside it."""
    (folder / "report.html").write_text(load_pictures().write_page(report, mermaid), "utf-8")
    page.goto((folder / "report.html").as_uri())


def open_folds(page: Page) -> None:
    """Open all folds as a reader does."""
    for fold in page.locator("details").all():
        if fold.get_attribute("open") is None:
            fold.locator("summary").click()


@pytest.mark.parametrize("cycle", CYCLES)
def test_a_report_is_seen_whole(cycle: str, page: Page, plans: Path, mermaid_folder: Path) -> None:
    report = (plans / cycle / "report.md").read_text("utf-8")
    show(page, plans / cycle, report, mermaid_folder / MERMAID)
    if "```mermaid" in report:
        page.wait_for_selector("pre.mermaid svg")
        assert "Syntax error" not in page.inner_text("body")
    assert page.evaluate(WIDER) == 0
    open_folds(page)
    assert page.evaluate(WIDER) == 0
    folds = page.evaluate(FOLDS)
    assert len(folds) == report.count("<details>") > 1
    # A fold whose content is Markdown has elements below its summary, and not a line of text.
    assert all(is_open and height > 60 and children > 2 for is_open, height, children in folds)
    assert page.evaluate(HEADINGS) == ["H1", *["H2"] * report.count("\n## ")]
    assert all(len(set(cells)) == 1 and len(cells) > 1 for cells in page.evaluate(TABLES))
    assert page.evaluate(FAINT) == []
    assert all(alt and width for alt, width in page.evaluate(IMAGES))
    assert page.inner_text("body").count("**") == 0


def test_the_picture_that_a_report_refers_to_is_loaded(page: Page, plans: Path, tmp_path: Path) -> None:
    (tmp_path / "charts").mkdir()
    (tmp_path / TRENDS).write_text(SVG, "utf-8")
    plan, _ = read_saved(plans / CYCLES[-1])
    show(page, tmp_path, render_markdown(plan, trends=TRENDS))
    ((alt, width),) = page.evaluate(IMAGES)
    assert alt and width == 600
    assert page.evaluate(WIDER) == 0
    shutil.rmtree(tmp_path / "charts")
    page.reload()
    assert page.evaluate(IMAGES) == [[alt, 0]]


def test_what_is_wrong_would_be_seen(page: Page, tmp_path: Path) -> None:
    wrong: dict[str, Any] = {"width": "390px", "color": "#8888"}
    style = ";".join(f"{name}: {value}" for name, value in wrong.items())
    show(page, tmp_path, f'# A\n\n<p style="{style}; min-width: 2000px">faint</p>\n')
    assert page.evaluate(WIDER) > 900
    assert page.evaluate(FAINT) == ["faint"]
