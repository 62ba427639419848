"""Drawing: a panel's texts and shapes, from its left upper corner at 0, 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from prism_rules.escaping import show_plain
from prism_rules.model.plan import UNEVALUATED
from prism_rules.render.charts.ink import (
    Colour,
    break_text,
    cut_middle,
    cut_text,
    measure_text,
    write_cross,
    write_line,
    write_mark,
    write_number,
    write_path,
    write_rect,
    write_text,
)
from prism_rules.render.charts.panels import Panel
from prism_rules.render.charts.scales import Scale, find_scale, format_short, place_ends

WIDTH, HEIGHT = 272, 196
_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 194, 84, 172
"""Of the field in which values stand. Left of it are their ticks, and right of it the names of its levels."""
_APART = 13
"""Between two names of levels."""
_SMALL = 11.5


def draw_body(panel: Panel, ends: Sequence[str]) -> str:
    """Draw a panel; `ends` are all window ends of the plan."""
    scale = find_scale(panel.values, _TOP, _BOTTOM)
    places = place_ends(ends, _LEFT + 7, _RIGHT - 9)
    return "\n".join(
        [
            *_write_head(panel),
            *_draw_field(panel, scale),
            *_draw_axis(ends, places),
            *_draw_values(panel, scale, places),
        ]
    )


def _write_head(panel: Panel) -> Iterator[str]:
    lines = break_text(panel.title, WIDTH, 13.5, 2, bold=True)
    for number, line in enumerate(lines):
        yield write_text(line, 0, 13 + 17 * number, size=13.5, bold=True)
    height = 13 + 17 * len(lines)
    support = cut_text(panel.support, 120, 12)
    # Three lines are above the status.
    places = break_text(panel.place, WIDTH - measure_text(support, 12) - 10, 12, 3 - len(lines), cut=cut_middle)
    for number, place in enumerate(places):
        yield write_text(place, 0, height + 17 * number, colour="soft")
    yield write_text(support, WIDTH, height, colour="soft", anchor="end")
    shape, colour = panel.look
    status = cut_text(panel.status, 180, 12.5, bold=True)
    yield write_mark(shape, 5, 66, 5, colour, kind="status")
    yield write_text(status, 16, 70, colour=colour, size=12.5, bold=True)
    room = WIDTH - 16 - measure_text(status, 12.5, bold=True) - 10
    told = next((text for text in panel.told if measure_text(text, 12.5, bold=True) <= room), panel.told[-1])
    yield write_text(cut_text(told, room, 12.5, bold=True), WIDTH, 70, size=12.5, anchor="end", bold=True)


def _draw_field(panel: Panel, scale: Scale) -> Iterator[str]:
    named: list[tuple[float, str, Colour]] = []
    for level in panel.levels:
        height = scale.place(level.value)
        if level.name == "fail":
            top, bottom = (_TOP, height) if level.above else (height, _BOTTOM)
            yield write_rect(_LEFT, top, _RIGHT - _LEFT, bottom - top, "fail", kind="beyond", opacity="0.09")
        named.append((height, f"{level.name} {'>' if level.above else '<'} {format_short(level.value)}", level.name))
        dash = "" if level.name == "fail" else "6 3"
        yield write_line(_LEFT, height, _RIGHT, height, level.name, kind=level.name, width=1.2, dash=dash)
    if panel.baseline is not None:
        height = scale.place(panel.baseline)
        named.append((height, f"base {format_short(panel.baseline)}", "soft"))
        yield write_line(_LEFT, height, _RIGHT, height, "soft", kind="baseline", width=1.2, dash="1.5 3")
        yield write_mark("diamond", _LEFT, height, 3, "soft")
    for (height, name, colour), beside in _part_names(named):
        yield write_path(
            f"M{write_number(_RIGHT)} {write_number(height)}L{write_number(_RIGHT + 5)} {write_number(beside)}", colour
        )
        yield write_text(name, _RIGHT + 8, beside + 4, colour=colour, size=_SMALL)
    for value, label in scale.list_ticks(_LEFT - 4, _SMALL):
        height = scale.place(value)
        yield write_line(_LEFT - 4, height, _LEFT, height, "soft")
        yield write_text(label, _LEFT - 7, height + 4, colour="soft", size=_SMALL, anchor="end")


def _part_names(named: Sequence[tuple[float, str, Colour]]) -> list[tuple[tuple[float, str, Colour], float]]:
    """Part the names of levels that lie close together, as far as there is room; the first ones are kept."""
    kept = sorted(named[: (_BOTTOM - _TOP) // _APART])
    beside: list[float] = []
    for height, _, _ in kept:
        beside.append(max(height, beside[-1] + _APART if beside else _TOP))
    over: float = _BOTTOM
    for number in reversed(range(len(beside))):
        beside[number] = min(beside[number], over)
        over = beside[number] - _APART
    return [*zip(kept, beside, strict=True)]


def _draw_axis(ends: Sequence[str], places: Mapping[str, float]) -> Iterator[str]:
    yield write_line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM, "soft")
    for end in ends:
        yield write_line(places[end], _BOTTOM, places[end], _BOTTOM + 4, "soft", kind="end")
    days = [cut_text(show_plain(end[:10]), 78, _SMALL) for end in (ends[0], ends[-1])]
    if len(set(places.values())) == 1:
        yield write_text(days[-1], places[ends[-1]], _BOTTOM + 17, colour="soft", size=_SMALL, anchor="middle")
        return
    yield write_text(days[0], _LEFT, _BOTTOM + 17, colour="soft", size=_SMALL)
    yield write_text(days[1], _RIGHT, _BOTTOM + 17, colour="soft", size=_SMALL, anchor="end")


def _draw_values(panel: Panel, scale: Scale, places: Mapping[str, float]) -> Iterator[str]:
    for run in panel.runs:
        spots = [
            f"{write_number(places[p.to])} {write_number(scale.place(p.value))}" for p in run if p.value is not None
        ]
        if len(spots) > 1:
            yield write_path(f"M{'L'.join(spots)}", "line", kind="values", width=1.8)
    own = panel.points[-1]
    if panel.whisker:
        low, high = map(scale.place, panel.whisker)
        x = places[own.to]
        yield write_line(x, high, x, low, "line", kind="interval", width=1.8)
        for height in (low, high):
            yield write_line(x - 4, height, x + 4, height, "line", width=1.8)
    for point in panel.points:
        x = places[point.to]
        if point.value is None:
            yield write_cross(x, _BOTTOM - 7, 3, "soft", kind="gap")
        elif point is own:
            shape, colour = panel.look
            yield write_mark(shape, x, scale.place(point.value), 5, colour, kind="value")
        else:
            shape = "ring" if point.status in UNEVALUATED else "circle"
            yield write_mark(shape, x, scale.place(point.value), 2.6, "line", kind="value")
