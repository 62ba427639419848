"""Reading a ruleset: form, references and templates together, so that one run shows all there is to mend."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from prism_rules.diagnostics import Problem, Refused, Route, Spot
from prism_rules.model.plan import FileDigest
from prism_rules.ruleset.checks import CHECKS, find_not_evaluated
from prism_rules.ruleset.contexts import list_templates
from prism_rules.ruleset.draft import Check, Draft, read_draft
from prism_rules.ruleset.form import find_flaws, quote_written
from prism_rules.ruleset.resolved import Resolved
from prism_rules.source import Source, locate, read_source
from prism_rules.templating import Template, parse_template


def load_ruleset(path: Path | Source, also: Iterable[Check] = ()) -> Resolved:
    """Read and check the ruleset at `path`, or one that is read already; by further checks, too, if they are given.

    Raises `Refused` (exit code 2) with every problem of the file, sorted by place, warnings among them. Needs no data
    and no engine.
    """
    source = path if isinstance(path, Source) else read_source(path)
    if source.data.get("kind") == "RulesetTest":
        raise Refused(locate(_list_test_problems(source), source), 2)
    draft, problems = read_draft(source.data)
    problems = [quote_written(problem, source) for problem in problems]
    problems += find_not_evaluated(source.data)
    templates, broken = _parse_templates(draft)
    if not draft.model.extends:
        # What a ruleset takes over from others is not known here, so nothing could be said of its names.
        found = (problem for check in (*CHECKS, *also) for problem in check(draft))
        problems += [problem for problem in found if problem.spots[0].route not in draft.shaken]
        problems += broken
    diagnostics = locate(problems, source)
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        raise Refused(diagnostics, 2)
    files = (FileDigest(path=source.name, sha256=source.digest),)
    return Resolved(draft.model, files, templates, source, tuple(diagnostics))


def _list_test_problems(source: Source) -> list[Problem]:
    from prism_rules.model.ruletest import RulesetTest

    problem = Problem(
        "not-evaluated-yet",
        "rule tests are read, and not run yet",
        (Spot(("kind",), "not evaluated yet"),),
        help="name the ruleset itself to check it",
    )
    try:
        RulesetTest.model_validate(source.data)
    except ValidationError as error:
        return [problem, *(quote_written(flaw.problem, source) for flaw in find_flaws(error, RulesetTest, source.data))]
    return [problem]


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
