"""Authors' templates: `title`, `steps`, `explain`, `owner` of a ruleset, `out` of prism.yaml, and reports.

The language is a subset of Jinja that is decided on the syntax tree: values and their parts (`scope.site`), the filters
of `prism_rules.templating.filters`, `~`, comparisons, `and`, `or`, `not`, `x if y else z`, `{% if %}`, and `{% for %}`
over a list of the context, nested as deep as `Limits` say, with `loop.index`, `loop.first` and `loop.last`. A line that
holds nothing but tags and comments leaves no empty line behind; every other line keeps its end. What is unset prints as
nothing.

Jinja parses; it neither compiles nor runs an author's text: `gate` says what is let in, `rendering` fills it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from prism_rules.diagnostics import Diagnostic, Problem, Refused, Route, Spot
from prism_rules.templating.limits import OF_RULESETS, Limits
from prism_rules.templating.shapes import Kind, Leaf, Many, Shape

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

__all__ = ["OF_RULESETS", "Kind", "Leaf", "Limits", "Many", "Shape", "Template", "parse_template"]

_TAG_OPENS = re.compile(r"\{[{%#]")


@dataclass(frozen=True, slots=True)
class Template:
    """A vetted template. `names` are the dotted paths it uses; a loop's item stands for its list (`covers.cause`)."""

    text: str
    route: Route
    limits: Limits = OF_RULESETS
    names: frozenset[str] = frozenset()
    body: tuple[nodes.Node, ...] | None = field(default=None, repr=False, compare=False)
    """The vetted syntax tree; None for a text without tags."""

    def render(
        self, context: Mapping[str, Any], *, escape: Callable[[str], str], restrict: Callable[[str], str] | None = None
    ) -> str:
        """Fill the template from plain data; each piece of data passes through `escape` once, the author's text never.

        Markdown of a ruleset passes through `restrict` instead. A name that the context leaves out is null. Raises
        Refused (`template-output`, exit 6) beyond the limits on output and steps, and TypeError for a value that is not
        plain data.
        """
        from prism_rules.templating.rendering import Overrun, Rendering

        rendering = Rendering(context, {"data": escape, "markdown": restrict or escape}, self.limits)
        try:
            if self.body is None:
                rendering.put(self.text)
            else:
                rendering.fill(self.body)
        except Overrun as overrun:
            place = ".".join(str(step) for step in self.route)
            raise Refused(
                [
                    Diagnostic(
                        "template-output",
                        f"the template {overrun}",
                        context=place or None,
                        help="name fewer things in it, or loop over a shorter list",
                    )
                ],
                exit_code=6,
            ) from None
        return "".join(rendering.written)


def parse_template(text: str, *, shape: Shape, route: Route, limits: Limits = OF_RULESETS) -> Template | list[Problem]:
    """Parse and vet an author's template against what it may name.

    Gives the template, or every problem found, each with its place inside the text: `template-syntax`,
    `template-forbidden`, `template-unknown-variable`, `template-too-long`.
    """
    if len(text) > limits.length:
        return [
            Problem(
                "template-too-long",
                f"the template has {len(text):,} characters, {limits.length:,} are allowed",
                (Spot(route, within=(limits.length, len(text) - limits.length)),),
                "say less, or link to a page that says the rest",
            )
        ]
    if not _TAG_OPENS.search(text):
        return Template(text, route, limits)
    from jinja2 import TemplateSyntaxError

    from prism_rules.templating.gate import Gate
    from prism_rules.templating.lines import keep_line_ends
    from prism_rules.templating.places import find_word

    try:
        body = tuple(_open_jinja().parse(keep_line_ends(text)).body)
    except TemplateSyntaxError as error:
        named = re.search(r"'([^']+)'", error.message or "")
        within = find_word(text, error.lineno, named[1] if named else "")
        why = (error.message or "").rstrip(".")[:160]
        return [
            Problem(
                "template-syntax",
                f"the template cannot be read: {why}",
                (Spot(route, within=within),),
                "see `prism-rules explain template-syntax` for what templates look like",
            )
        ]
    except RecursionError:
        spot = Spot(route, within=(0, len(text)))
        return [Problem("template-forbidden", "the template is nested too deep", (spot,), "split it, or say less")]
    except ValueError:
        # Python reads no number of more than 4,300 digits.
        found = re.search(r"[0-9_]{1000,}", text)
        spot = Spot(route, within=(found.start(), len(found[0])) if found else (0, len(text)))
        return [Problem("template-forbidden", "a number has too many digits", (spot,), "write a smaller number")]
    gate = Gate(text, shape, route, limits)
    gate.check_body(body)
    return gate.problems or Template(text, route, limits, frozenset(gate.names), body)


@cache
def _open_jinja() -> Environment:
    from jinja2 import Environment

    return Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
