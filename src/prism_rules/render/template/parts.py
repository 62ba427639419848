"""What a template of a report may name, once: of each name its kind, what it says, and how a plan tells it.

The shape that templates are checked against, the values that fill them and the tables of the documentation are all made
of these parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from prism_rules.escaping import show_plain
from prism_rules.model.plan import ActionEntry, Diagnosis, Finding, Plan, Scope, Waiting, WaiverEntry
from prism_rules.render.results import find_causes
from prism_rules.render.told import name_causes, order_actions
from prism_rules.render.work import find_waits
from prism_rules.templating import Kind, Leaf, Many, Shape

T = TypeVar("T")


class Told:
    """A plan, with what is looked up in it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def findings(self) -> dict[str, Finding]:
        """The findings that do not pass, by id."""
        return {finding.id: finding for finding in self.plan.findings}

    @cached_property
    def diagnoses(self) -> dict[str, Diagnosis]:
        """The diagnoses, by id."""
        return {diagnosis.id: diagnosis for diagnosis in self.plan.diagnoses}

    @cached_property
    def actions(self) -> dict[str, ActionEntry]:
        """The actions by id, the most urgent first."""
        return {action.id: action for action in order_actions(self.plan)}

    @cached_property
    def waivers(self) -> dict[str, WaiverEntry]:
        """The waivers, by id."""
        return {waiver.id: waiver for waiver in self.plan.waivers}

    @cached_property
    def causes(self) -> dict[str, list[str]]:
        """Which causes a finding speaks for, by its id."""
        return find_causes(self.plan)

    @cached_property
    def reasons(self) -> dict[str, str]:
        """What actions can be for, by id: a cause's title, or the rule of a finding."""
        return name_causes(self.plan)

    @cached_property
    def waits(self) -> dict[str, Waiting]:
        """What waits for the review budget, by id of its action."""
        return find_waits(self.plan)

    def pick(self, ids: tuple[str, ...]) -> list[Finding]:
        """Pick findings by their ids; a plan may have left some out."""
        return [self.findings[one] for one in ids if one in self.findings]


class Part(NamedTuple, Generic[T]):
    """One name: what it stands for, in words, and how a thing of the plan tells it."""

    of: Leaf | Group[Any] | Listed
    says: str
    tell: Callable[[T, Told], Any]


@dataclass(frozen=True, slots=True)
class Group(Generic[T]):
    """Names that belong together; `name` is what documentation calls them."""

    name: str
    parts: Mapping[str, Part[T]]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list."""

    of: Leaf | Group[Any]


SCOPE: Group[Scope] = Group("scope", {})
"""The dimensions of a place; which there are, each plan says."""


class Filled(Mapping[str, Any]):
    """The values of a group, each told when a template asks for it."""

    def __init__(self, group: Group[Any], thing: Any, told: Told) -> None:
        self._group, self._thing, self._told = group, thing, told
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            part = self._group.parts[name]
            self._values[name] = _fill(part.of, part.tell(self._thing, self._told), self._told)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._group.parts)

    def __len__(self) -> int:
        return len(self._group.parts)


def _fill(of: Leaf | Group[Any] | Listed, value: Any, told: Told) -> Any:
    if value is None:
        return None
    if isinstance(of, Listed):
        return [_fill(of.of, one, told) for one in value]
    if of is SCOPE:
        return {dimension: show_plain(name) for dimension, name in value.items()}
    return Filled(of, value, told) if isinstance(of, Group) else value


def shape_group(group: Group[Any], dimensions: tuple[str, ...]) -> Shape:
    """Give the shape of a group, in which places have these dimensions."""
    if group is SCOPE:
        return dict.fromkeys(dimensions, Leaf.TEXT)
    return {name: _shape(part.of, dimensions) for name, part in group.parts.items()}


def _shape(of: Leaf | Group[Any] | Listed, dimensions: tuple[str, ...]) -> Kind:
    if isinstance(of, Listed):
        return Many(_shape(of.of, dimensions))
    return of if isinstance(of, Leaf) else shape_group(of, dimensions)


def list_dimensions(plan: Plan) -> tuple[str, ...]:
    """List the dimensions of a plan's places; `class` and `family` are known to all."""
    entries: list[Any] = [*plan.findings, *plan.passes, *plan.cleared, *plan.diagnoses, *plan.actions, *plan.decisions]
    known = {"class", "family"}.union(*(rule.by for rule in plan.rules.values()), *(one.scope for one in entries))
    return tuple(sorted(known))
