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
    """What kind of data this is. It decides which fields there are, and which metrics can be measured on it."""
    fields: dict[Logical, str]
    """Field of the role → column in your data: `{id: image_id, time: captured_at}`."""
    dimensions: Columns = ()
    """What a rule may group `by`: a list of columns, or a map that renames: `{camera: "Camera ID"}`."""
    features: Columns = ()
    """Numeric columns about the quality of the input, such as brightness or blur. `of: features` means each of them."""
    window: Window | None = None
    """How far back rules on this source look that do not say it. `all` makes it a collection: every row before
    `as_of`."""
    duplicates: Literal["latest", "first", "error"] | None = None
    """Of annotations: which label counts when one annotator labelled one unit twice.

    - `latest`: the newest one; this holds if nothing is said
    - `first`: the oldest one
    - `error`: none; a second label ends the run
    """
    lookup: dict[Id, Many[Logical]] = Field(default_factory=dict)
    """Dimensions and fields of another source, joined by id: `{predictions: [lighting]}`. There, at most one row per
    id."""
    renamed_from: Many[Id] = ()
    """Earlier ids, newest first. History is kept over the new id."""

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
    """How bad a mistake about this class is. It orders what the plan shows first."""
    owner: Text | None = None
    """Owns the actions for this class that have no owner of their own: `"@org/labels-metal"`."""
    family: Id | None = None
    """An id. A rule `by: [family]` measures all rows of the family's classes together."""
    renamed_from: Many[str] = ()
    """Earlier names, newest first. History is kept over the new name."""
