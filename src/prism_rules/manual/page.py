"""A ruleset's manual: one page of Markdown for people who never read YAML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from prism_rules.escaping.markdown import (
    escape_line,
    restrict_markdown,
    write_code,
    write_fence,
    write_named,
    write_table,
)
from prism_rules.manual.actions import tell_action
from prism_rules.manual.causes import tell_cause
from prism_rules.manual.governance import tell_governance
from prism_rules.manual.graph import MOST_EDGES, count_arrows, draw_ruleset
from prism_rules.manual.overview import Overview
from prism_rules.manual.paragraphs import Paragraph
from prism_rules.manual.phrases import does_decide, fill_blanks, say_span
from prism_rules.manual.rules import say_waiver, tell_rule
from prism_rules.manual.voice import MARKDOWN
from prism_rules.metrics import METRICS
from prism_rules.metrics.pages import read_summary
from prism_rules.model.ruleset import Ruleset, Source
from prism_rules.ruleset import Resolved
from prism_rules.wording import join_all

_WORDS = """\
A **rule** measures one thing and judges it, at each of its places by itself. Where the value is not what it *must* be,
the rule **fails**; where it is not what it *should* be, it **warns**. It is **in doubt** where a bound is crossed and
that may be chance. **Too little data** and **no value** are neither good nor bad, and never count as a pass. A rule
**holds** where it was measured and no bound of a failure is crossed.

A **cause** is what findings at one place point to. It is **diagnosed** where all that it asks for is so. An **action**
is what is done about causes. Its **gate** is a rule that has to hold first: until then the action is blocked, and not
to be begun."""


MARK = "*Written by `prism-rules docs`; changes belong into the ruleset.*"
"""A line by which a manual is known."""


def write_manual(resolved: Resolved) -> str:
    """Write the manual of a ruleset. The same ruleset gives the same bytes, wherever in its files things stand."""
    overview, model = Overview(resolved), resolved.model
    metadata = model.metadata
    parts = [
        f"# {escape_line(metadata.name)} {escape_line(metadata.version, 40)}",
        escape_line(metadata.description, 4_000) if metadata.description else "",
        f"Owned by {join_all(map(write_code, metadata.owners))}." if metadata.owners else "",
        MARK,
        *_list_question(model),
        *_section("How it hangs together", _draw_map(resolved)),
        *_section("What the words mean", [_WORDS]),
        *_section("Classes", _write_classes(model)),
        *_section("Rules", _write_entries(overview, "rule", model.rules, tell_rule)),
        *_section("Causes", _write_entries(overview, "cause", model.causes, tell_cause)),
        *_section("Actions", _write_entries(overview, "action", model.actions, tell_action)),
        *_section("Waivers", _write_waivers(model)),
        *_section("Governance", _write_paragraphs(tell_governance(model, MARKDOWN))),
        *_section("Left out", _write_off(resolved)),
        *_section("Data", _write_sources(model)),
        *_section("Metrics", _write_metrics(model)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _section(title: str, parts: Iterable[str]) -> Iterator[str]:
    shown = list(parts)
    if shown:
        yield f"## {title}"
        yield from shown


def _list_question(model: Ruleset) -> Iterator[str]:
    question = model.question
    told = {
        "Task": question.task, "Environment": question.environment, "Concern": question.concern,
        "Risk": question.risk, "Reports to": join_all(question.report_to) if question.report_to else None,
    }  # fmt: skip
    lines = [f"- **{name}**: {escape_line(text, 4_000)}" for name, text in told.items() if text]
    yield from _section("The question", ["\n".join(lines)] if lines else [])


def _draw_map(resolved: Resolved) -> Iterator[str]:
    if not resolved.model.rules:
        return
    arrows = count_arrows(resolved)
    if arrows > MOST_EDGES:
        yield f"*The map has {arrows:,} arrows, more than hosts draw: `prism-rules show --graph` writes it.*"
        return
    yield (
        "Rules speak for causes, causes call for actions. Dashed arrows are gates (the rule has to hold first), order "
        "(one action after another) and what speaks against a cause."
    )
    yield f"```mermaid\n{draw_ruleset(resolved)}```"


def _write_classes(model: Ruleset) -> Iterator[str]:
    if not model.classes:
        yield "No classes are declared: every class that is met is one of its own."
        return
    rows = [[name, entry.risk or "–", entry.owner or "–", entry.family or "–"] for name, entry in model.classes.items()]
    yield write_table(["Class", "Risk", "Owner", "Family"], [[escape_line(cell) for cell in row] for row in rows])


def _write_sources(model: Ruleset) -> Iterator[str]:
    for name, source in model.sources.items():
        yield f"### Source `{name}`"
        yield _say_source(source)
        rows = [[write_code(logical), escape_line(column), part] for part, logical, column in _list_columns(source)]
        rows += [
            [write_code(column), f"by id from {write_code(other)}", "looked up"]
            for other, columns in source.lookup.items()
            for column in columns
        ]
        yield write_table(["Name in rules", "Column in the data", "Is"], rows)


def _say_source(source: Source) -> str:
    rows = (
        "a collection: all its rows count"
        if source.collection
        else "a stream: rules look at a window of it"
        + (f", {say_span(source.window)} where they say nothing" if source.window and source.window != "all" else "")
    )
    settled = {
        "latest": "Where one annotator labelled a unit twice, the latest label counts.",
        "first": "Where one annotator labelled a unit twice, the first label counts.",
        "error": "No annotator may label a unit twice.",
    }.get(source.duplicates or "", "")
    return f"{source.role.capitalize()}, {rows}. {settled}".strip()


def _list_columns(source: Source) -> Iterator[tuple[str, str, str]]:
    for part, group in (("field", source.fields), ("dimension", source.dimensions), ("feature", source.features)):
        named = group if isinstance(group, Mapping) else {name: name for name in group}
        yield from ((part, logical, column) for logical, column in named.items())


def _write_entries(
    overview: Overview, kind: str, entries: Mapping[str, object], tell: Callable[..., Iterator[Paragraph]]
) -> Iterator[str]:
    for name, entry in entries.items():
        yield f"### {kind.capitalize()} {name}"
        title = getattr(entry, "title", None)
        if title and kind != "action":
            yield f"**{escape_line(title)}**"
        yield from _write_paragraphs(tell(overview, name, MARKDOWN))
        if getattr(entry, "steps", None):
            yield _write_steps(overview, name)


def _write_paragraphs(paragraphs: Iterable[Paragraph]) -> Iterator[str]:
    lines = []
    for paragraph in paragraphs:
        lines.append(f"- **{paragraph.label}**: {paragraph.text}".rstrip())
        lines += [f"{'  ' * (item.depth + 1)}- {item.text}" for item in paragraph.items]
    if lines:
        yield "\n".join(lines)


def _write_steps(overview: Overview, name: str) -> str:
    route = ("actions", name, "steps")
    if does_decide(overview, route):
        return f"Steps:\n\n{write_fence(*overview.resolved.templates[route].text.splitlines())}"
    text = restrict_markdown(fill_blanks(overview, route, escape_line))
    quoted = "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
    return f"Steps:\n\n{quoted}"


def _write_waivers(model: Ruleset) -> Iterator[str]:
    lines = [f"- {MARKDOWN.refer('rule', w.rule)} {say_waiver(w, MARKDOWN)}" for w in model.waivers.values()]
    if lines:
        yield "What a waiver hides fails no run and opens no action. It still shuts gates."
        yield "\n".join(lines)


def _write_off(resolved: Resolved) -> Iterator[str]:
    lines = [f"- the {off.kind} {write_code(off.id)}: {write_named(off.why, 4_000)}" for off in resolved.off]
    if lines:
        yield "What this ruleset takes over from others has entries that it cannot use:"
        yield "\n".join(lines)


def _write_metrics(model: Ruleset) -> Iterator[str]:
    for name in sorted({rule.metric for rule in model.rules.values()}):
        yield f"### Metric {name}"
        yield f"{read_summary(METRICS[name])} `prism-rules explain {name}` says more."
