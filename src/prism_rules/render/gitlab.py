"""A plan as GitLab's Code Quality reads it: an array with an entry per finding, at the line of the bound that decides.

GitLab compares the entries of two branches by their fingerprints, and calls what is missing resolved. So what is waived
or was not evaluated stays in, as `info`: it is neither new nor mended.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from prism_rules.escaping import show_invisible, show_plain
from prism_rules.escaping.json import defuse_json
from prism_rules.model.plan import Origin, Plan
from prism_rules.render.counted import say_narrowed
from prism_rules.render.ranking import rank_findings
from prism_rules.render.results import Outcome, find_head, find_place, say_result, say_waiver, show_title
from prism_rules.wording import name_scope

_SEVERITIES: dict[Outcome, str] = {
    "fails": "critical", "warns": "minor", "tried": "info", "waived": "info", "unknown": "info",
}  # fmt: skip


def render_gitlab(plan: Plan) -> str:
    """Write a Code Quality report, what fails first."""
    waivers = {waiver.id: say_waiver(waiver) for waiver in plan.waivers}
    entries = []
    if narrowed := say_narrowed(plan):
        entries.append(_write_entry(narrowed, "only-changes", "only-changes", "info", find_head(plan)))
    for outcome, finding in rank_findings(plan):
        why = f"; {waivers[finding.waiver]}" if finding.waiver in waivers else ""
        said = f"{show_title(finding.rule, plan)}, {name_scope(finding.scope)}: {say_result(finding, plan)}{why}"
        entries.append(_write_entry(said, finding.rule, finding.id, _SEVERITIES[outcome], find_place(finding, plan)))
    return defuse_json(json.dumps(entries, indent=2) + "\n")


def _write_entry(said: str, check: str, about: str, severity: str, place: Origin) -> dict[str, Any]:
    """Write an entry; what it is about makes its fingerprint, so that it is known again where lines or values moved."""
    return {
        "description": said,
        "check_name": show_plain(check),
        "fingerprint": hashlib.sha256(about.encode("utf-8", "surrogatepass")).hexdigest(),
        "severity": severity,
        "location": {"path": show_invisible(place.file), "lines": {"begin": place.line}},
    }
