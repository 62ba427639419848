"""A user's own report: a template that a plan fills.

The language is that of a ruleset's templates, with more room. What it may name is in `plans.PLAN`; the name of its file
says the format, and with it how values are escaped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from prism_rules.diagnostics import Diagnostic, Problem, Refused
from prism_rules.render.template.formats import Format
from prism_rules.render.template.parts import Filled, Told, list_dimensions, shape_group
from prism_rules.render.template.plans import PLAN
from prism_rules.render.template.positions import find_misplaced
from prism_rules.source.characters import find_traps
from prism_rules.source.places import Lines
from prism_rules.templating import Limits, Template, parse_template

if TYPE_CHECKING:
    from prism_rules.model.plan import Plan

OF_REPORTS = Limits(length=64 * 1024, loops=3, output=60_000, steps=1_000_000)
"""Some seconds at most. What hosts take of a comment is 65,536 characters."""
MOST = 1024 * 1024
"""Bytes that may be asked for; what GitHub takes of a step's summary."""


def fill_report(text: str, plan: Plan, *, name: str, form: Format, most: int | None = None) -> str:
    """Fill the template in the file `name` from a plan, to at most `most` bytes of UTF-8.

    Raises `Refused`: with exit code 2 and every problem of the template in its place, or with exit code 6
    (`template-output`) where it writes or works too much.
    """
    limits = OF_REPORTS if most is None else replace(OF_REPORTS, output=most)
    lines = Lines(name, text)
    shape = shape_group(PLAN, list_dimensions(plan))
    template = parse_template(text, shape=shape, route=(), limits=limits)
    traps = [replace(trap, help="remove it") for trap in find_traps(text, lines) if trap.code != "directive"]
    if not isinstance(template, Template):
        traps += [_place(problem, lines) for problem in template]
    traps += [_place(problem, lines) for problem in (find_misplaced(text, quotes=form.quotes) if form.marks else ())]
    if traps:
        raise Refused(sorted(traps, key=lambda one: (one.labels[0].line, one.labels[0].col)))
    assert isinstance(template, Template)
    told = Filled(PLAN, plan, Told(plan))
    named = {path.partition(".")[0] for path in template.names}
    try:
        return template.render({root: told[root] for root in sorted(named)}, escape=form.escape, restrict=form.restrict)
    except Refused as refused:
        room = ", or raise --max-chars" if refused.diagnostics[0].message.startswith("the template writes") else ""
        refused.diagnostics = [replace(one, context=name, help=f"{one.help}{room}") for one in refused.diagnostics]
        raise


def _place(problem: Problem, lines: Lines) -> Diagnostic:
    [spot] = problem.spots
    start, length = spot.within or (0, 1)
    label = lines.label((start, start + length), spot.text)
    return Diagnostic(problem.code, problem.message, (label,), problem.help, problem.severity)
