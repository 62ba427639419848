"""The JSON Schemas of what is read and written, made from the models so that they cannot say anything else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from prism_rules.diagnostics import Route
from prism_rules.files import find_packaged, make_folder, write_atomically
from prism_rules.metrics.pages import Catalogue
from prism_rules.model.frozen import Frozen
from prism_rules.model.ledger import Entry
from prism_rules.model.lineage import LedgerState, Trace
from prism_rules.model.plan import Plan
from prism_rules.model.project import Project
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.ruletest import RulesetTest
from prism_rules.ruleset.checks import NOT_EVALUATED
from prism_rules.schemas.choices import choose_metric, choose_role, offer_metrics
from prism_rules.schemas.overlay import allow_overlays
from prism_rules.schemas.snippets import add_snippets
from prism_rules.schemas.words import describe, dress

MODELS: Mapping[str, type[Frozen]] = {
    "ruleset": Ruleset,
    "project": Project,
    "test": RulesetTest,
    "plan": Plan,
    "ledger": Entry,
    "ledger-state": LedgerState,
    "trace": Trace,
    "metrics": Catalogue,
}
"""Name -> model. The schema of one is `<name>.v1.schema.json`."""

_EDITED = ("ruleset", "project", "test")
"""What people write by hand."""

_TITLES = {
    "ruleset": "A ruleset",
    "project": "prism.yaml",
    "test": "Rule tests",
    "plan": "plan.json",
    "ledger": "An entry of the ledger",
    "ledger-state": "Where recorded actions stand",
    "trace": "Where a row, an action or an entry is from",
    "metrics": "The catalogue of metrics",
}


def name_file(name: str) -> str:
    """Name the file of a schema."""
    return f"{name}.v1.schema.json"


def make_schema(name: str) -> dict[str, Any]:
    """Make the JSON Schema (2020-12) of one of `MODELS`."""
    schema = MODELS[name].model_json_schema(by_alias=True, mode="validation")
    if name in _EDITED:
        schema = _make_pleasant(schema, name)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": _TITLES[name]}


def _make_pleasant(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """Make of a schema what an editor completes and explains by."""
    dress(schema)
    add_snippets(schema, name)
    if name != "ruleset":
        return schema
    for route in NOT_EVALUATED:
        _put_off(schema, route)
    offer_metrics(schema)
    return allow_overlays(schema, {"Rule": choose_metric(), "Source": choose_role()})


def _put_off(schema: dict[str, Any], route: Route) -> None:
    """Do not offer what `check` refuses for now."""
    *parents, last = route
    node = schema
    for step in parents:
        node = node["additionalProperties"] if step == "*" else node["properties"][step]
        node = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    key = node.get("properties", {}).get(last)
    if key:
        # Beside a reference, editors would not see it.
        form = {"allOf": [{"$ref": key.pop("$ref")}]} if "$ref" in key else {}
        describe(key, f"{key['markdownDescription']} This version does not evaluate it yet.")
        key |= {**form, "doNotSuggest": True}


def write_schema(name: str) -> str:
    """Write a schema as the text of its file."""
    return json.dumps(make_schema(name), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path, names: Iterable[str] = tuple(MODELS)) -> list[Path]:
    """Write schemas into a folder, which is made if missing. Raises `Refused` (exit 8)."""
    make_folder(folder)
    paths = [folder / name_file(name) for name in names]
    for path, name in zip(paths, names, strict=True):
        write_atomically(path, write_schema(name).encode())
    return paths


def list_stale(names: Iterable[str] = tuple(MODELS)) -> list[str]:
    """List the shipped files that differ from what the models say, or are missing."""
    shipped = find_shipped()
    fresh = {name_file(name): write_schema(name).encode() for name in names}
    return [file for file, data in fresh.items() if _read(shipped / file) != data]


def find_shipped() -> Path:
    """Find the folder of the schemas that were shipped."""
    return find_packaged("schemas")


def _read(path: Path) -> bytes | None:
    # A checkout may have converted line ends.
    return path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else None
