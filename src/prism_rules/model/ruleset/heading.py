"""Who owns a ruleset, which question it answers, and what its rules take when they say nothing."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

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
