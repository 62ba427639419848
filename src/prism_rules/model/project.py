"""`prism.yaml`: the file that ties a ruleset to data."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from prism_rules.model.frozen import Frozen, Id


class DataPlace(Frozen):
    """Where one source's data is, and in which form when the name does not say."""

    path: str
    format: str | None = None


def _name_place(value: Any) -> str:
    return "<path>" if isinstance(value, str) else "<place>"


Place = Annotated[Annotated[str, Tag("<path>")] | Annotated[DataPlace, Tag("<place>")], Discriminator(_name_place)]


class Project(Frozen):
    """Ruleset, data, output folder, ledger and cache of a repository; paths are relative to this file."""

    api_version: Literal["prism-rules/v1"] = Field(alias="apiVersion")
    kind: Literal["Project"]
    ruleset: str
    data: dict[Id, Place] = Field(default_factory=dict)
    out: str | None = None
    ledger: str | None = None
    cache: str | None = None
    """Folder of kept answers."""
