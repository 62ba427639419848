"""What a report begins with: the verdict with its counts, the reliability question, and one alert."""

from __future__ import annotations

from prism_rules.escaping.markdown import escape_line, write_code
from prism_rules.model.plan import Plan
from prism_rules.render import told
from prism_rules.render.counted import is_tried_alone, say_changes, say_counts, say_narrowed
from prism_rules.render.verdict import name_verdict
from prism_rules.render.words import say_selected
from prism_rules.wording import list_some, name_scopes, say_moment


def write_title(plan: Plan) -> str:
    """Write what the report is about, as its one heading of the first level."""
    return f"# Action plan: {escape_line(plan.ruleset.name, 80)} {escape_line(plan.ruleset.version, 40)}"


def write_verdict(plan: Plan) -> str:
    """Write the verdict with its counts, and what has changed since the plan before."""
    alone = ", of experimental rules alone," if is_tried_alone(plan) else ""
    moment = escape_line(say_moment(plan.as_of))
    verdict = f"**{escape_line(name_verdict(plan))}**{alone} as of {moment}: {say_counts(plan)}."
    narrowed = f" **{said}.**" if (said := say_narrowed(plan)) else ""
    if plan.previous is None:
        return f"{verdict} First plan, so everything is new.{narrowed}"
    return f"{verdict} Since the plan of {escape_line(say_moment(plan.previous.as_of))}: {say_changes(plan)}.{narrowed}"


def list_selection(plan: Plan) -> list[str]:
    """List, in one line or none, the rules that alone were looked at."""
    if not plan.selected:
        return []
    rules = list_some([write_code(rule) for rule in plan.selected], 6)
    return [f"**A selection of rules:** {rules}. {say_selected(plan)}."]


def list_question(plan: Plan) -> list[str]:
    """List the lines of the reliability question."""
    return [f"- **{name}**: {escape_line(text)}" for name, text in told.list_question(plan)]


def list_alert(plan: Plan) -> list[str]:
    """List the one box that says what fails or warns, and what to begin with; none if nothing does."""
    worst, first = told.find_worst(plan), told.find_first(plan)
    if not worst:
        return []
    count = told.say_worst(worst, plan)
    places = name_scopes([finding.scope for finding in worst])
    owner = f" ({write_code(first.owner)})" if first and first.owner else ""
    do = f" Begin with: {escape_line(first.title)}{owner}." if first else ""
    kind = "CAUTION" if plan.status == "fail" else "WARNING"
    return [f"> [!{kind}]\n> {count}: {escape_line(places, 300)}.{do}"]
