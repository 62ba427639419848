"""Renderers: from a plan to a text, in one format each. A renderer sees the plan and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prism_rules.model.plan import Plan

Renderer = Callable[["Plan"], str]

_PLACES = {
    "github": "prism_rules.render.github:render_github",
    "gitlab": "prism_rules.render.gitlab:render_gitlab",
    "html": "prism_rules.render.html:render_html",
    "issues": "prism_rules.render.issues:render_issues",
    "json": "prism_rules.render.json:write_plan_json",
    "junit": "prism_rules.render.junit:render_junit",
    "markdown": "prism_rules.render.markdown:render_markdown",
    "sarif": "prism_rules.render.sarif:render_sarif",
}


class _Renderers(Mapping[str, Renderer]):
    """Format -> renderer; a format's module is imported when it is asked for."""

    def __getitem__(self, name: str) -> Renderer:
        module, function = _PLACES[name].split(":")
        renderer: Renderer = getattr(import_module(module), function)
        return renderer

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


RENDERERS: Mapping[str, Renderer] = _Renderers()
"""Format -> function from a plan to the whole text, which ends with one newline. The same plan gives the same bytes."""
