"""Charts: the windows of findings as SVG, of plain shapes that read on light and on dark."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from prism_rules.escaping import show_plain
from prism_rules.escaping.html import escape_html
from prism_rules.model.plan import Cleared, Finding, Plan
from prism_rules.render.charts.drawing import HEIGHT, WIDTH, draw_body
from prism_rules.render.charts.ink import DARK_STYLE, FONT, cut_text, write_rect, write_text
from prism_rules.render.charts.panels import Panel, describe_panel, find_panel
from prism_rules.render.charts.scales import list_ends
from prism_rules.wording import say_moment

__all__ = ["DARK_STYLE", "TRENDS", "draw_panel", "draw_trends"]

TRENDS = "charts/trends.svg"
"""Where a plan's picture is, beside its plan.json."""
MOST = 12
_ACROSS, _EDGE, _GAP, _HEAD, _FOOT = 3, 20, 22, 74, 58
_PICTURE = 2 * _EDGE + _ACROSS * WIDTH + (_ACROSS - 1) * _GAP
_NOTES = (
    "Each dot is a window, at the day it ends; a cross: no value; hollow: not judged. Bar: interval of the last value.",
    "The tinted side fails. Bounds and baselines are those of the last window. Every panel has a scale of its own.",
)


def draw_trends(plan: Plan) -> str | None:
    """Draw charts/trends.svg: a panel for each finding that fails, warns or is unsure, as the plan ranks them, then
    for what cleared, at most `MOST`; None without any."""
    ends = list_ends(plan)
    listed = [f for f in plan.findings if f.status in ("fail", "warn", "unsure") and f.value is not None]
    entries: list[Finding | Cleared] = [*listed, *(one for one in plan.cleared if one.value is not None)]
    panels = [*islice(filter(None, (find_panel(entry, plan, ends) for entry in entries)), MOST)]
    if not panels:
        return None
    down = -(-len(panels) // _ACROSS)
    height = _HEAD + down * HEIGHT + (down - 1) * _GAP + _FOOT
    title = f"Findings and their windows: {show_plain(plan.ruleset.name)} {show_plain(plan.ruleset.version, 40)}"
    told = f"As of {say_moment(plan.as_of)}. {_count(len(panels), len(entries))}"
    parts = [
        _open(_PICTURE, height, title, " ".join([told, *map(_name_panel, panels)])),
        f"<style>{DARK_STYLE}</style>",
        write_rect(0, 0, _PICTURE, height, "ground"),
        write_text(cut_text(title, _PICTURE - 2 * _EDGE, 17, bold=True), _EDGE, 32, size=17, bold=True),
        write_text(told, _EDGE, 52, colour="soft", size=12.5),
    ]
    for number, panel in enumerate(panels):
        x = _EDGE + number % _ACROSS * (WIDTH + _GAP)
        y = _HEAD + number // _ACROSS * (HEIGHT + _GAP)
        parts.append(f'<g class="panel" transform="translate({x} {y})">\n{draw_body(panel, ends)}\n</g>')
    for number, note in enumerate(_NOTES):
        parts.append(write_text(note, _EDGE, height - 28 + 16 * number, colour="soft"))
    return "\n".join([*parts, "</svg>", ""])


def draw_panel(finding: Finding | Cleared, plan: Plan, ends: Sequence[str] = ()) -> str:
    """Draw the windows of one finding as a whole `<svg role="img">` with title and desc; `""` if it has no value.

    Who draws many passes the plan's window `ends`. It stands on a light ground. A page that is dark for those who ask
    for it adds `DARK_STYLE` once.
    """
    ends = ends or list_ends(plan)
    panel = find_panel(finding, plan, ends)
    if panel is None:
        return ""
    width, height = WIDTH + 2 * _EDGE, HEIGHT + 2 * _EDGE
    return "\n".join(
        [
            _open(width, height, _name_panel(panel), describe_panel(panel)),
            write_rect(0, 0, width, height, "ground"),
            f'<g class="panel" transform="translate({_EDGE} {_EDGE})">',
            draw_body(panel, ends),
            "</g>\n</svg>",
        ]
    )


def _open(width: int, height: int, title: str, told: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" font-family="{escape_html(FONT, 200)}">\n'
        f"<title>{escape_html(title, 600)}</title>\n<desc>{escape_html(told, 6_000)}</desc>"
    )


def _name_panel(panel: Panel) -> str:
    return f"{panel.title}, {panel.place}: {panel.status}, {panel.told[0]}."


def _count(shown: int, every: int) -> str:
    if shown == every:
        return "First what fails, then what warns or is in doubt, then what cleared."
    return f"{shown:,} of {every:,}, the worst first; the other {every - shown:,} are in plan.json."
