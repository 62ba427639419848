"""Reading a ruleset: form, references and templates together, so that one run shows all there is to mend."""

from __future__ import annotations

from pathlib import Path

from prism_rules.diagnostics import Problem, Refused, Route, Spot
from prism_rules.model.plan import FileDigest
from prism_rules.ruleset.checks import CHECKS, find_not_evaluated
from prism_rules.ruleset.contexts import list_templates
from prism_rules.ruleset.draft import Draft, read_draft
from prism_rules.ruleset.form import quote_written
from prism_rules.ruleset.resolved import Resolved
from prism_rules.source import Source, locate, read_source
from prism_rules.templating import Template, parse_template


def load_ruleset(path: Path | Source) -> Resolved:
    """Read and check the ruleset at `path`, or one that is read already.

    Raises `Refused` (exit code 2) with every problem of the file, sorted by place, warnings among them. Needs no data
    and no engine.
    """
    source = path if isinstance(path, Source) else read_source(path)
    if source.data.get("kind") == "RulesetTest":
        help = "run it with `prism-rules test`, or look it over with `prism-rules check`"
        problem = Problem("unknown-value", "these are rule tests, not a ruleset", (Spot(("kind",)),), help)
        raise Refused(locate([problem], source), 2)
    draft, problems = read_draft(source.data)
    problems = [quote_written(problem, source) for problem in problems]
    problems += find_not_evaluated(source.data)
    templates, broken = _parse_templates(draft)
    if not draft.model.extends:
        # What a ruleset takes over from others is not known here, so nothing could be said of its names.
        found = (problem for check in CHECKS for problem in check(draft))
        problems += [problem for problem in found if problem.spots[0].route not in draft.shaken]
        problems += broken
    diagnostics = locate(problems, source)
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        raise Refused(diagnostics, 2)
    files = (FileDigest(path=source.name, sha256=source.digest),)
    return Resolved(draft.model, files, templates, source, tuple(diagnostics))


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
