"""What a report ends with: the versions and digests that it rests on, and the command that makes it again."""

from __future__ import annotations

from prism_rules.diagnostics.text import say_count
from prism_rules.escaping.markdown import escape_line, write_code, write_fence
from prism_rules.model.plan import Input, Plan
from prism_rules.render.decided import say_later
from prism_rules.wording import list_some

_NAMED = 3
_MOST_SOURCES = 20


def write_pointer(*, narrowed: bool) -> str:
    """Write where everything is; where a report was `narrowed`, the one of the plan's folder has more."""
    more = "More is in `report.md`, everything" if narrowed else "Everything is"
    return (
        f"---\n\n{more} in `plan.json`, and in the page that `prism-rules render PLAN --to html` makes of it; "
        "`prism-rules explain ID --plan DIR` tells why an action or a finding is so."
    )


def write_origin(plan: Plan) -> str:
    """Write a fold with the digests of ruleset, ledger and data, and with the command."""
    heads = list_some([_write_digest(head) for head in plan.ledger.heads], _NAMED) or "none yet, nothing is recorded"
    later = f" {escape_line(say_later(plan), 200)}." if plan.ledger.later else ""
    inputs = [f"- {_write_input(one)}" for one in plan.inputs[:_MOST_SOURCES]]
    if len(plan.inputs) > _MOST_SOURCES:
        inputs.append(f"- and {len(plan.inputs) - _MOST_SOURCES:,} more")
    blocks = [
        f"<details><summary>As of {escape_line(plan.as_of)}, by ruleset {escape_line(plan.ruleset.version, 40)} and "
        f"prism-rules {escape_line(plan.tool.version)}: digests, and the command that makes it again</summary>",
        write_fence(plan.command),
        f"Ruleset {write_code(plan.ruleset.name)} {_write_digest(plan.ruleset.digest)}. Ledger head: {heads}.{later}",
        "\n".join(inputs),
        "</details>",
    ]
    return "\n\n".join(filter(None, blocks))


def _write_input(source: Input) -> str:
    start, end = (escape_line(moment[:10]) if moment else "" for moment in (source.from_, source.to))
    span = f", {start} to {end}" if start and end else ""
    return f"{write_code(source.source)}: {say_count(source.rows, 'row')}{span}, {_write_digest(source.digest)}"


def _write_digest(digest: str) -> str:
    kind, colon, rest = digest.rpartition(":")
    return write_code(f"{kind}{colon}{rest[:12]}")
