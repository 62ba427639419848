"""Diagnostics as code scanning reads them: SARIF 2.1.0, each code a rule with its page as help."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from prism_rules.diagnostics import Diagnostic, Label, place_order
from prism_rules.diagnostics.pages import all_codes, read_page
from prism_rules.escaping.json import defuse_json
from prism_rules.escaping.place import write_uri
from prism_rules.escaping.sarif import escape_message

MAX_RESULTS = 25_000
"""Of one run that GitHub reads; a file with more is refused as a whole."""
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"


def format_sarif(diagnostics: Iterable[Diagnostic], version: str) -> str:
    """Return one SARIF log with one run of prism-rules of that version, errors first.

    Files are named as the diagnostics name them; code scanning wants them from the top of the repository.
    """
    ordered = sorted(diagnostics, key=lambda diagnostic: (diagnostic.severity, place_order(diagnostic)))[:MAX_RESULTS]
    severities = {diagnostic.code: diagnostic.severity for diagnostic in reversed(ordered)}
    codes = sorted(severities)
    known = {*all_codes()}
    rules = [_write_rule(code, severities[code], read_page(code) if code in known else "") for code in codes]
    seen: dict[str, int] = {}
    results = [_write_result(diagnostic, codes.index(diagnostic.code), seen) for diagnostic in ordered]
    return write_log(version, rules, results)


def write_log(version: str, rules: Iterable[dict[str, Any]], results: Iterable[dict[str, Any]], **more: Any) -> str:
    """Write a log with one run of prism-rules of that version; `more` are further properties of the run."""
    run = {
        "tool": {"driver": {"name": "prism-rules", "semanticVersion": version, "rules": [*rules]}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The top of the repository."}}},
        "results": [*results],
        **more,
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return defuse_json(json.dumps(log, indent=2, sort_keys=True) + "\n")


def _write_rule(code: str, severity: str, page: str) -> dict[str, Any]:
    title, _, body = page.removeprefix(f"# {code}: ").partition("\n")
    meaning = " ".join(body.strip().split("\n\n")[0].split())
    return {
        "id": code,
        "name": code,
        "shortDescription": {"text": escape_message(title or code)},
        "fullDescription": {"text": escape_message(meaning or title or code)},
        "help": {"text": page or code, "markdown": page or code},
        "defaultConfiguration": {"level": severity},
        "properties": {"precision": "very-high", "problem.severity": severity, "tags": ["configuration"]},
    }


def _write_result(diagnostic: Diagnostic, index: int, seen: dict[str, int]) -> dict[str, Any]:
    said = (diagnostic.message, diagnostic.help) if diagnostic.help else (diagnostic.message,)
    first, *others = diagnostic.labels or (Label(diagnostic.context or "", 1, 1, 2),)
    related = [
        {"id": number, **write_location(label), "message": {"text": escape_message(label.text or "see also")}}
        for number, label in enumerate(others, start=1)
    ]
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": diagnostic.severity,
        "message": {"text": escape_message(*said)},
        "locations": [write_location(first)],
        **({"relatedLocations": related} if related else {}),
        "partialFingerprints": {"prismRules/v1": _name(diagnostic, first.file, seen)},
    }


def write_location(label: Label) -> dict[str, Any]:
    """Write where something is; a path from the top of the repository is one in whatever folder it is checked out."""
    uri = write_uri(label.file)
    place = {"uri": uri} if uri.startswith("file://") else {"uri": uri, "uriBaseId": _ROOT}
    region = {"startLine": label.line, "startColumn": label.col, "endLine": label.line, "endColumn": label.end}
    return {"physicalLocation": {"artifactLocation": place, "region": region}}


def _name(diagnostic: Diagnostic, file: str, seen: dict[str, int]) -> str:
    """Name a problem by what it is about, so that it is known again where lines have shifted."""
    about = [diagnostic.code, file, [*diagnostic.route] or diagnostic.message]
    digest = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]
    seen[digest] = seen.get(digest, 0) + 1
    return f"{digest}:{seen[digest]}"
