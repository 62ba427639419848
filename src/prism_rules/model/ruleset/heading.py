"""Who owns a ruleset, which question it answers, and what its rules take when they say nothing."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, StringConstraints, Tag

from prism_rules.model.frozen import Duration, Frozen, Id, Many
from prism_rules.model.ruleset.words import Risk, Text

VERSION = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$"


class Metadata(Frozen):
    """Who owns the ruleset, and its version."""

    name: Id
    """An id. It enters the ids of findings and actions: a new name begins a new history."""
    version: Annotated[str, StringConstraints(pattern=VERSION)]
    """The ruleset's own semantic version, in quotes, such as `"1.3.0"`: unquoted, 1.10 is the number 1.1."""
    owners: Many[Text] = ()
    """Team handles: `["@org/reliability"]`. The first one owns every action that has no other owner."""
    description: Text | None = None
    """What the ruleset is about, in a sentence."""
    renamed_from: Many[Id] = ()
    """Earlier names, newest first. History, open actions and waivers are kept over the new name."""


class Question(Frozen):
    """The reliability question this ruleset answers; it heads every report."""

    task: Text | None = None
    """What the model does: `Defect classification on metal surfaces`."""
    environment: Text | None = None
    """Where it does it: plant, cameras, light, anything that sets the conditions of production."""
    concern: Text | None = None
    """What made somebody ask: `Confidence fell after the rollout to plant 2`."""
    risk: Risk | None = None
    """How bad it is when the model is wrong."""
    report_to: Many[Text] = ()
    """Who reads the report: `[engineering, operations]`."""


class Defaults(Frozen):
    """What rules take when they say nothing."""

    window: Duration | None = None
    """How far back rules look that do not say it: `7d`."""
    min_n: Annotated[int, Field(ge=0)] | None = None
    """The fewest rows (or units) that are judged: `30`. With fewer a finding is `insufficient`, never a pass."""


class Extended(Frozen):
    """A ruleset that this one takes over, and what it must say."""

    from_: str = Field(alias="from")
    """A pack such as `prism-core@^1`, or a file such as `./plants.yaml`."""
    digest: str
    """Digest of what is taken over; `check` tells the one to write."""


def _name_parent(value: Any) -> str:
    return "<place>" if isinstance(value, str) else "<entry>"


Parent = Annotated[Annotated[str, Tag("<place>")] | Annotated[Extended, Tag("<entry>")], Discriminator(_name_parent)]
