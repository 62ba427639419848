"""`prism.yaml`: the file that ties a ruleset to data."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from prism_rules.model.frozen import Frozen, Id


class DataPlace(Frozen):
    """Where one source's data is, and in which form when the name does not say."""

    path: str
    """Path or pattern of the files: `data/predictions/*.parquet`."""
    format: str | None = None
    """In which form the data are, when the name does not say."""


def _name_place(value: Any) -> str:
    return "<path>" if isinstance(value, str) else "<place>"


Place = Annotated[Annotated[str, Tag("<path>")] | Annotated[DataPlace, Tag("<place>")], Discriminator(_name_place)]


class Project(Frozen):
    """Ruleset, data, output folder, ledger and cache of a repository; paths are relative to this file."""

    api_version: Literal["prism-rules/v1"] = Field(alias="apiVersion")
    """The version of the language."""
    kind: Literal["Project"]
    """What kind of file this is."""
    ruleset: str
    """The ruleset's file: `rulesets/surface-inspection.yaml`."""
    data: dict[Id, Place] = Field(default_factory=dict)
    """Id of a source → path or pattern of its files: `{predictions: data/predictions/*.parquet}`."""
    out: str | None = None
    """The folder of the plan, a template: `"plans/{{ as_of | date }}"`."""
    ledger: str | None = None
    """The folder of the ledger, where decisions are kept: `ledger/`."""
    cache: str | None = None
    """Folder of kept answers. Who can write it can change results."""
