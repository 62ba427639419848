"""Reading a ruleset: form, references and templates together, so that one run shows all there is to mend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from prism_rules.diagnostics import Diagnostic, Problem, Refused, Route, Spot, place_order
from prism_rules.model.plan import FileDigest
from prism_rules.ruleset.checks import CHECKS, find_not_evaluated
from prism_rules.ruleset.contexts import list_templates
from prism_rules.ruleset.draft import Check, Draft, read_draft
from prism_rules.ruleset.form import quote_written
from prism_rules.ruleset.renames import carry_waivers
from prism_rules.ruleset.resolved import Note, Off, Resolved
from prism_rules.ruleset.turnaround import add_turnaround
from prism_rules.source import Document, Read, Source, find_label, locate, read_source
from prism_rules.templating import Template, parse_template

_COMPARING = ("warn-after-fail", "contradicting-bounds")
"""What is said of two bounds."""


def load_ruleset(path: Path | Source, also: Iterable[Check] = (), read: Read = read_source) -> Resolved:
    """Read and check the ruleset at `path`, or one that is read already; by further checks, too, if they are given.

    `read` reads what it extends: as it is now, or as it was when the ruleset was read.

    Raises `Refused` (exit code 2; 7 where a parent is not what was agreed on) with every problem of the ruleset and of
    those that it extends, sorted by place, warnings among them. Needs no data and no engine.
    """
    source = path if isinstance(path, Source) else read_source(path)
    if source.data.get("kind") == "RulesetTest":
        help = "run it with `prism-rules test`, or look it over with `prism-rules check`"
        problem = Problem("unknown-value", "these are rule tests, not a ruleset", (Spot(("kind",)),), help)
        raise Refused(locate([problem], source), 2)
    joined = _compose(source, read) if source.data.get("extends") else _Read(*_read(source))
    document = joined.document
    problems = [quote_written(problem, document) for problem in joined.flaws]
    model, renamed = carry_waivers(joined.draft.model)
    draft, problems = replace(joined.draft, model=model), problems + renamed
    problems += find_not_evaluated(document.data)
    templates, broken = _parse_templates(draft)
    found = _run_checks((*CHECKS, *also), draft)
    problems += [problem for problem in found if problem.spots[0].route not in draft.shaken]
    problems += broken
    diagnostics = [*joined.problems, *locate(filter(joined.concerns, problems), document)]
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        verified = all(diagnostic.code != "parent-digest" for diagnostic in diagnostics)
        raise Refused(sorted(diagnostics, key=place_order), 2 if verified else 7)
    files = tuple(FileDigest(path=file.name, sha256=file.digest) for file in (source, *joined.parents))
    return Resolved(draft.model, files, templates, source, document, tuple(diagnostics), joined.off, joined.notes)


class _Read(NamedTuple):
    """A ruleset as one document, and what could be read of it."""

    document: Document
    draft: Draft
    flaws: Sequence[Problem]
    problems: Sequence[Diagnostic] = ()
    """What is wrong with how files were put together."""
    parents: Sequence[Source] = ()
    off: tuple[Off, ...] = ()
    notes: tuple[Note, ...] = ()

    def concerns(self, problem: Problem) -> bool:
        """Whether it is to be told: not at a place that is told of, nor of a parent's rule whose readers are off."""
        first = find_label(problem.spots[0], self.document)
        if problem.code == "unread-rule" and self.off and first.file != self.document.name:
            return False
        told = ((label.file, label.line, label.col) for found in self.problems for label in found.labels)
        return (first.file, first.line, first.col) not in told


def _read(document: Document) -> tuple[Document, Draft, list[Problem]]:
    draft, flaws = read_draft(document.data)
    document, draft, problems = add_turnaround(document, draft)
    return document, draft, [*flaws, *problems]


def _compose(source: Source, read: Read) -> _Read:
    """Read a ruleset together with those that it extends."""
    from prism_rules.ruleset.composing import Composition, compose, switch_off, tell_strangers

    composed, problems, notes = compose(source, read)
    whole, draft, flaws = _read(composed)
    assert isinstance(whole, Composition)
    document, off, needed = switch_off(whole, draft)
    if off:
        draft, flaws = read_draft(document.data)
    flaws = tell_strangers(document, flaws)
    return _Read(document, draft, flaws, [*problems, *needed], document.sources[1:], tuple(off), tuple(notes))


def _run_checks(checks: Sequence[Check], draft: Draft) -> list[Problem]:
    """Find what is wrong, each mistake once: not what would only follow from it."""
    found = [problem for check in checks for problem in check(draft)]
    ungrouped = {
        problem.spots[0].route[:2] for problem in found
        if problem.code == "unknown-dimension" and problem.spots[0].route[2:3] == ("by",)
    }  # fmt: skip
    if ungrouped:
        # What rests on such a rule is looked at without it, as without one that could not be read.
        rules = {name: rule for name, rule in draft.model.rules.items() if ("rules", name) not in ungrouped}
        apart = replace(draft, model=draft.model.model_copy(update={"rules": rules}))
        found = [p for p in found if p.spots[0].route[:2] in ungrouped and p.code != "match-outside-by"]
        found += [problem for check in checks for problem in check(apart)]
    beyond = {problem.spots[0].route for problem in found if problem.code == "bound-out-of-range"}
    return [p for p in found if p.code not in _COMPARING or not beyond.intersection(spot.route for spot in p.spots)]


def _parse_templates(draft: Draft) -> tuple[dict[Route, Template], list[Problem]]:
    templates: dict[Route, Template] = {}
    problems: list[Problem] = []
    for route, text, shape in list_templates(draft.model):
        parsed = parse_template(text, shape=shape, route=route)
        if isinstance(parsed, Template):
            templates[route] = parsed
        else:
            problems += parsed
    return templates, problems
