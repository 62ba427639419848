"""What data look like, and the classes under control."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from prism_rules.model.frozen import Columns, Frozen, Id, Logical, Many, Window
from prism_rules.model.ruleset.words import Risk, Role, Text

Kind = Literal["text", "time", "number", "flag"]

FIELD_KINDS: dict[str, Kind] = {
    "time": "time",
    "routed_at": "time",
    "confidence": "number",
    "overridden": "flag",
}
"""Fields that are not text."""


class Source(Frozen):
    """What one kind of data looks like. Where it is comes from prism.yaml or `--data`."""

    role: Role
    fields: dict[Logical, str]
    """Field of the role -> column in the data."""
    dimensions: Columns = ()
    """What a rule may group `by`; a map renames: `{camera: "Camera ID"}`."""
    features: Columns = ()
    """Input-quality columns (numbers)."""
    window: Window | None = None
    duplicates: Literal["latest", "first", "error"] | None = None
    lookup: dict[Id, Many[Logical]] = Field(default_factory=dict)
    """Other source -> its dimensions and fields to join by id."""
    renamed_from: Many[Id] = ()

    @property
    def columns(self) -> dict[str, str]:
        """Logical name -> physical column, for fields, dimensions and features together."""
        named = dict(self.fields)
        for group in (self.dimensions, self.features):
            named.update(group if isinstance(group, dict) else {name: name for name in group})
        return named

    def name_kind(self, logical: str) -> Kind:
        """Kind of a logical column: a field's own, number for features, text for dimensions."""
        if logical in self.fields:
            return FIELD_KINDS.get(logical, "text")
        return "number" if logical in self.features else "text"

    @property
    def collection(self) -> bool:
        """True when all rows before `as_of` count, whatever the rule's window."""
        return self.role in ("training", "validation") or self.window == "all" or "time" not in self.fields


class Class(Frozen):
    """A class of the taxonomy under control."""

    risk: Risk | None = None
    owner: Text | None = None
    family: Id | None = None
    renamed_from: Many[str] = ()
