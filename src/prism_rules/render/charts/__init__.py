"""Charts: the windows of findings as SVG, of plain shapes that read on light and on dark."""

from __future__ import annotations

from prism_rules.model.plan import Cleared, Finding, Plan


def draw_trends(plan: Plan) -> str | None:
    """Draw charts/trends.svg: small multiples, a panel per finding, ranked as the plan ranks; None without any."""
    raise NotImplementedError


def draw_panel(finding: Finding | Cleared, plan: Plan) -> str:
    """Draw the windows of one finding as a whole `<svg role="img">` with title and desc; `""` if it has no value."""
    raise NotImplementedError
