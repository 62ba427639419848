"""Ink: the plain shapes that charts are made of, their colours on a light and on a dark ground, and cut texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Literal

from prism_rules.escaping import show_plain
from prism_rules.escaping.html import escape_html

Colour = Literal["ground", "ink", "soft", "line", "fail", "warn", "unsure", "pass"]

LIGHT: Mapping[Colour, str] = {
    "ground": "#ffffff", "ink": "#1f2328", "soft": "#59636e", "line": "#0969da", "fail": "#cf222e", "warn": "#9a6700",
    "unsure": "#8250df", "pass": "#1a7f37",
}  # fmt: skip
"""Written into the shapes, with the ground that they stand on: a chart brings its own."""
DARK: Mapping[Colour, str] = {
    "ground": "#0d1117", "ink": "#e6edf3", "soft": "#9198a1", "line": "#4493f8", "fail": "#f85149", "warn": "#d29922",
    "unsure": "#ab7df8", "pass": "#3fb950",
}  # fmt: skip
_DARKENED = (f".pf-{name}{{fill:{value}}}.ps-{name}{{stroke:{value}}}" for name, value in DARK.items())
DARK_STYLE = f"@media screen and (prefers-color-scheme:dark){{{''.join(_DARKENED)}}}"
"""CSS that turns ground and shapes dark together, for a reader who asks for dark; charts read as well without it."""
FONT = "-apple-system,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif"

_NARROW, _USUAL, _CAPITAL, _BROAD, _WIDE = 0.41, 0.63, 0.74, 0.98, 1.15
"""Widths by height of letters, as the broadest of the usual fonts has them."""
_NARROWS, _BROADS = " iljftrI.,:;'|!()[]-", "mwMW@%…—&"


def measure_text(text: str, size: float, *, bold: bool = False) -> float:
    """Estimate how broad a text is at most, in pixels; wide characters count double."""
    return sum(map(_measure, text)) * size * (1.07 if bold else 1)


def _measure(char: str) -> float:
    if char in _NARROWS:
        return _NARROW
    if char in _BROADS:
        return _BROAD
    return _WIDE if ord(char) >= 0x1100 else _CAPITAL if char.isupper() else _USUAL


def cut_text(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """Cut a plain text to a room in pixels."""
    if measure_text(text, size, bold=bold) <= room:
        return text
    fitting = _find_beginning(text, room - measure_text("…", size, bold=bold), size, bold)
    return f"{fitting.rstrip(' ')}…" if fitting else ""


def cut_middle(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """Cut a plain text to a room in pixels, but for its end: names that begin alike differ there."""
    if measure_text(text, size, bold=bold) <= room:
        return text
    end = _find_beginning(text[::-1], room * 0.55, size, bold)[::-1]
    return cut_text(text[: len(text) - len(end)], room - measure_text(end, size, bold=bold), size, bold=bold) + end


def break_text(
    text: str, room: float, size: float, lines: int, *, bold: bool = False, cut: Callable[..., str] = cut_text
) -> list[str]:
    """Break a plain text into at most so many lines, at spaces where it has any, and `cut` the last one."""
    wrapped: list[str] = []
    while len(wrapped) < lines - 1 and measure_text(text, size, bold=bold) > room:
        fitting = _find_beginning(text, room, size, bold)
        end = len(fitting) if text[len(fitting)] == " " else fitting.rfind(" ")
        wrapped.append(text[: end if end > 0 else len(fitting)])
        text = text[len(wrapped[-1]) :].lstrip(" ")
    return [*wrapped, cut(text, room, size, bold=bold)]


def _find_beginning(text: str, room: float, size: float, bold: bool) -> str:
    widths = accumulate(measure_text(char, size, bold=bold) for char in text)
    return text[: sum(width <= room for width in widths)]


def write_number(number: float) -> str:
    """Write a length or a place in pixels, with one decimal, and zero without a sign."""
    return f"{round(number, 1) + 0.0:.1f}"


def write_text(
    text: str,
    x: float,
    y: float,
    *,
    colour: Colour = "ink",
    size: float = 12,
    anchor: str = "start",
    bold: bool = False,
) -> str:
    """Write a plain text at a place."""
    more = (f' text-anchor="{anchor}"' if anchor != "start" else "") + (' font-weight="600"' if bold else "")
    return (
        f'<text x="{write_number(x)}" y="{write_number(y)}" font-size="{size:g}" {_paint(colour)}{more}>'
        f"{escape_html(show_plain(text, 400), 400)}</text>"
    )


def write_line(
    x1: float, y1: float, x2: float, y2: float, colour: Colour, *, kind: str = "", width: float = 1, dash: str = ""
) -> str:
    """Write a straight line; `kind` says what it means, for programs."""
    ends = " ".join(f'{name}="{write_number(at)}"' for name, at in (("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2)))
    return f"<line {_name(kind)}{ends} {_paint(None, colour, width)}{_dash(dash)}/>"


def write_path(d: str, colour: Colour, *, kind: str = "", width: float = 1) -> str:
    """Write an open path."""
    return f'<path {_name(kind)}d="{d}" stroke-linejoin="round" {_paint(None, colour, width)}/>'


def write_cross(x: float, y: float, radius: float, colour: Colour, *, kind: str = "") -> str:
    """Write a small cross."""
    strokes = (f"M{write_number(x - radius)} {write_number(y - way)}L{write_number(x + radius)} {write_number(y + way)}"
               for way in (radius, -radius))  # fmt: skip
    return write_path("".join(strokes), colour, kind=kind, width=1.4)


def write_rect(
    x: float, y: float, width: float, height: float, colour: Colour, *, kind: str = "", opacity: str = ""
) -> str:
    """Write a filled rectangle."""
    sides = " ".join(
        f'{name}="{write_number(at)}"' for name, at in (("x", x), ("y", y), ("width", width), ("height", height))
    )
    return f"<rect {_name(kind)}{sides} {_paint(colour)}" + (f' fill-opacity="{opacity}"' if opacity else "") + "/>"


def write_mark(shape: str, x: float, y: float, radius: float, colour: Colour, *, kind: str = "") -> str:
    """Write a mark: `square`, `triangle`, `diamond` or `circle`, filled; `ring` and `frame` are open."""
    look = _paint("ground", colour, 1.5) if shape in ("ring", "frame", "diamond") else _paint(colour)
    if shape in ("circle", "ring"):
        place = f'cx="{write_number(x)}" cy="{write_number(y)}" r="{write_number(radius)}"'
        return f"<circle {_name(kind)}{place} {look}/>"
    r = radius * {"square": 0.9, "frame": 0.85, "triangle": 1.15, "diamond": 1.2}[shape]
    corners = {
        "triangle": ((0, -r), (r, r * 0.8), (-r, r * 0.8)),
        "diamond": ((0, -r), (r, 0), (0, r), (-r, 0)),
    }.get(shape, ((-r, -r), (r, -r), (r, r), (-r, r)))
    d = "L".join(f"{write_number(x + dx)} {write_number(y + dy)}" for dx, dy in corners)
    return f'<path {_name(kind)}d="M{d}Z" {look}/>'


def _name(kind: str) -> str:
    return f'data-kind="{kind}" ' if kind else ""


def _paint(fill: Colour | None, stroke: Colour | None = None, width: float = 1) -> str:
    names = " ".join(filter(None, (fill and f"pf-{fill}", stroke and f"ps-{stroke}")))
    edge = f' stroke="{LIGHT[stroke]}" stroke-width="{width:g}"' if stroke else ""
    return f'class="{names}" fill="{LIGHT[fill] if fill else "none"}"{edge}'


def _dash(dash: str) -> str:
    return f' stroke-dasharray="{dash}"' if dash else ""
