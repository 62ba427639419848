"""Who owns a ruleset, which question it answers, and what its rules take when they say nothing."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, StringConstraints, Tag

from prism_rules.model.frozen import Duration, Frozen, Id, Many
from prism_rules.model.ruleset.words import Risk, Text


class Metadata(Frozen):
    """Who owns the ruleset, and its version."""

    name: Id
    version: Annotated[str, StringConstraints(pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$")]
    """The ruleset's own semantic version, quoted."""
    owners: Many[str] = ()
    description: Text | None = None
    renamed_from: Many[Id] = ()


class Question(Frozen):
    """The reliability question this ruleset answers; it heads every report."""

    task: Text | None = None
    environment: Text | None = None
    concern: Text | None = None
    risk: Risk | None = None
    report_to: Many[str] = ()


class Defaults(Frozen):
    """What rules take when they say nothing."""

    window: Duration | None = None
    min_n: Annotated[int, Field(ge=0)] | None = None


class Extended(Frozen):
    """A ruleset that this one takes over, and what it must say."""

    from_: str = Field(alias="from")
    """A pack such as `prism-core@^1`, or a file such as `./plants.yaml`."""
    digest: str
    """Digest of what is taken over; `check` tells the one to write."""


def _name_parent(value: Any) -> str:
    return "<place>" if isinstance(value, str) else "<entry>"


Parent = Annotated[Annotated[str, Tag("<place>")] | Annotated[Extended, Tag("<entry>")], Discriminator(_name_parent)]
