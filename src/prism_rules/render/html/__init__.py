"""The plan as one page that needs no network: everything the report tells, and what it has no room for."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from prism_rules.diagnostics.text import say_count
from prism_rules.escaping.html import escape_html
from prism_rules.model.plan import Plan
from prism_rules.render.html.actions import Actions, list_stuck
from prism_rules.render.html.background import list_background, list_governance, tell_origin
from prism_rules.render.html.causes import list_roots
from prism_rules.render.html.findings import Evidence, list_findings
from prism_rules.render.html.rules import tabulate_passes, tabulate_rules
from prism_rules.render.html.verdict import tell_opening

if TYPE_CHECKING:
    from jinja2 import Template

_FIGURE = re.compile(r"\(?[-+]?\d[-\d.,%]{0,20}\)?(?: \([-\d., to]{1,20}\)| to [-\d]{1,20})?(?![-\w.])")
"""A number with its interval, or a day or two, at the beginning of a text."""
_MOST = 2_000
"""Characters of one text; what is told in a sentence has its names cut long before."""


def render_html(plan: Plan) -> str:
    """Render the page: HTML, style and script in one text, and nothing that is fetched."""
    from prism_rules.render.charts import DARK_STYLE

    style, script = _read("page.css") + DARK_STYLE, _read("page.js")
    evidence = Evidence(plan)
    actions = Actions(plan, evidence)
    page: str = _read_template().render(
        style=_mark(style),
        style_hash=_digest(style),
        script=_mark(script),
        script_hash=_digest(script),
        verdict=tell_opening(plan),
        causes=list_roots(plan),
        actions=actions.list_all(),
        filters=actions.list_filters(),
        stuck=list_stuck(plan),
        findings=list_findings(plan, evidence),
        rules=tabulate_rules(plan),
        passes=tabulate_passes(plan),
        governance=list_governance(plan),
        background=list_background(plan),
        origin=tell_origin(plan),
    )
    # Nobody holds a plan's texts once its page is there.
    _encode_text.cache_clear()
    _mark_prose.cache_clear()
    return page


@cache
def _read_template() -> Template:
    from jinja2 import Environment, StrictUndefined

    env = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_encode,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    env.filters["count"] = say_count
    env.filters["prose"] = _mark_prose
    env.filters["whole"] = _keep_whole
    return env.from_string(_read("page.j2"))


def _encode(value: Any) -> Any:
    """Encode what the template shows, by the one encoder; only what is marked as HTML is left as it is."""
    return value if hasattr(value, "__html__") else _encode_text(str(value))


@lru_cache(maxsize=10_000)
def _encode_text(text: str) -> Any:
    return _mark(escape_html(text, _MOST))


def _mark(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)


def _keep_whole(text: str) -> Any:
    """Keep the figure that a text begins with in one line."""
    if not (figure := _FIGURE.match(text)):
        return text
    return _mark(f'<span class="whole">{figure[0]}</span>{escape_html(text[figure.end() :], _MOST)}')


@lru_cache(maxsize=1_000)
def _mark_prose(text: str) -> Any:
    from prism_rules.escaping.prose import write_prose

    return _mark(write_prose(text))


@cache
def _read(name: str) -> str:
    return files("prism_rules.render.html").joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
