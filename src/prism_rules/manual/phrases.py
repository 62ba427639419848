"""What all entries are told with: spans of time, places, texts that data fill."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, Literal

from prism_rules.diagnostics import Route
from prism_rules.diagnostics.text import say_count
from prism_rules.manual.overview import Overview
from prism_rules.manual.voice import Voice
from prism_rules.model.frozen import format_duration
from prism_rules.model.ruleset import Action
from prism_rules.ruleset import Resolved, find_grain
from prism_rules.ruleset.contexts import choose_owner, describe_class
from prism_rules.ruleset.grain import OF
from prism_rules.wording import join_all

_UNITS = {"d": "day", "h": "hour", "m": "minute", "s": "second"}
_KNOWN = ("class", "question", "action")
"""What a template may name that is known before there is data."""
_PLAIN_TAG = re.compile(r"\{\{\s*(?:scope|class|question|action)\.\w+(?:\s*\|\s*(?:upper|lower))?\s*\}\}")


def say_span(length: timedelta) -> str:
    """Say a duration: "7 days", "1 hour"."""
    text = format_duration(length)
    number = int(text[:-1])
    return say_count(number, _UNITS[text[-1]])


def say_last(length: timedelta) -> str:
    """Say which span ends with the moment planned for: "the last 7 days", "the last day"."""
    return f"the last {say_span(length).removeprefix('1 ')}"


def say_rows(length: timedelta | Literal["all"] | None, source: str, voice: Voice) -> str:
    """Say which rows are looked at: "the rows of `predictions` of the last 7 days", "all rows of `training`"."""
    name = voice.name(source)
    if isinstance(length, timedelta):
        return f"the rows of {name} of {say_last(length)}"
    return f"all rows of {name}"


def say_each(by: Iterable[str]) -> str:
    """Say what is told apart: "for each class and site", "over everything"."""
    names = ["column" if name == OF else name.replace("_", " ") for name in by]
    return f"for each {join_all(names)}" if names else "over everything"


def fill_text(overview: Overview, route: Route, voice: Voice) -> str:
    """Tell a template before there is data: what data fill is named, as ‹site›; a template that decides is quoted."""
    if does_decide(overview, route):
        return voice.code(overview.resolved.templates[route].text)
    return voice.text(fill_blanks(overview, route))


def does_decide(overview: Overview, route: Route) -> bool:
    """Say whether a template does more than to name what data fill."""
    template = overview.resolved.templates[route]
    return template.body is not None and re.search(r"\{[{%]", _PLAIN_TAG.sub("", template.text)) is not None


def fill_blanks(overview: Overview, route: Route, escape: Callable[[str], str] = str) -> str:
    """Fill a template that decides nothing with the names of what data fill; `escape` is for these."""
    return overview.resolved.templates[route].render(_name_blanks(overview, route), escape=escape)


def _name_blanks(overview: Overview, route: Route) -> dict[str, Any]:
    section, name = str(route[0]), str(route[1])
    blanks: dict[str, Any] = {
        "scope": {dimension: f"‹{dimension}›" for dimension in overview.dimensions},
        "class": {"id": "‹class›", **{part: f"‹{part} of the class›" for part in ("risk", "owner", "family")}},
        "question": overview.model.question.model_dump(),
    }
    if section == "actions":
        blanks["action"] = {"id": name, "kind": overview.model.actions[name].kind}
    return blanks


def list_owners(resolved: Resolved, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """List who owns an action, each with the classes for which they do; no class where all are one person's."""
    model = resolved.model
    action = model.actions[name]
    found: dict[str, list[str]] = {}
    classes = [*model.classes] if "class" in find_grain(model, action) else []
    for class_name in classes or [""]:
        owner = _find_owner(resolved, name, action, class_name)
        found.setdefault(owner, []).append(class_name)
    for owner, names in found.items():
        yield owner, tuple(names) if len(found) > 1 else ()


def _find_owner(resolved: Resolved, name: str, action: Action, class_name: str) -> str:
    """Find an owner as a plan does; a text that only data fill is the owner as it stands."""
    model = resolved.model
    said = ""
    if action.owner is not None:
        template = resolved.templates["actions", name, "owner"]
        if not all(path == "scope.class" or path.split(".")[0] in _KNOWN for path in template.names):
            return template.text
        context = {
            "class": describe_class(model, class_name), "scope": {"class": class_name},
            "question": model.question.model_dump(), "action": {"id": name, "kind": action.kind},
        }  # fmt: skip
        said = template.render(context, escape=str).strip()
    return choose_owner(model, said, class_name) or ""
