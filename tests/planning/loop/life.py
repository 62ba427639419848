"""The life of actions, read from the files of a ledger by the language's own words and by none of the program's code.

An entry follows what its parents reach. Of events that did not see each other, what a plan recorded yields to what
people decided; of the rest the more cautious counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Any

TABLE = {
    ("", "opened"): "proposed",
    ("proposed", "opened"): "proposed",
    ("open", "opened"): "open",
    ("proposed", "approved"): "open",
    ("proposed", "rejected"): "rejected",
    ("open", "rejected"): "rejected",
    ("proposed", "done"): "done",
    ("open", "done"): "done",
    ("done", "verified"): "verified",
    ("done", "reopened"): "open",
    ("proposed", "closed"): "closed",
    ("done", "closed"): "closed",
    ("verified", "reopened"): "open",
    ("closed", "reopened"): "open",
    ("rejected", "reopened"): "open",
}
SETTLES = {"approved": "open", "rejected": "rejected"}
STATES = ("proposed", "open", "done", "verified", "closed", "rejected")
CAUTIOUS_FIRST = ("rejected", "reopened", "opened", "approved", "done", "verified", "closed")
PEOPLE = ("approved", "rejected", "done", "reopened")


@dataclass(frozen=True)
class Step:
    """An event of an action in the order of the ledger."""

    place: int
    entry: str
    event: Mapping[str, Any]
    before: str
    after: str
    episode: int
    promised: bool
    """Whether `done` has to be verified."""
    follows: frozenset[int]
    """Places of the steps of this action that it followed."""

    @property
    def name(self) -> str:
        return str(self.event["event"])

    @property
    def at(self) -> str:
        return str(self.event["at"])

    @property
    def lapsed(self) -> bool:
        return self.name == "closed" and self.before == "proposed"


@dataclass
class Life:
    """What the ledger says of one action."""

    steps: list[Step] = field(default_factory=list)
    due: str | None = None
    rows: tuple[str, ...] = ()
    accepted: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """Rules and scopes of what was recorded for acceptance."""
    blocked: bool = False
    """As was recorded last."""
    planned: list[tuple[int, str]] = field(default_factory=list)
    """Episode and time of everything that a plan recorded, notes too."""

    @property
    def state(self) -> str:
        return find_counting(self.steps)[0].after if self.steps else ""

    @property
    def lapsed(self) -> bool:
        """Whether it was closed although nobody had approved it."""
        return bool(self.steps) and find_counting(self.steps)[0].lapsed

    @property
    def episode(self) -> int:
        return max(step.episode for step in find_tips(self.steps))

    @property
    def disputed(self) -> bool:
        return is_disputed(self.steps)

    @property
    def wanted(self) -> bool:
        """Whether somebody approved or did it, on whatever branch."""
        return any(step.name in ("approved", "done") for step in self.steps)

    @property
    def done(self) -> Step | None:
        """The last `done`; of those that did not see each other the later one, on which less data is accepted."""
        dones = [step for step in self.steps if step.name == "done"]
        last = [one for one in dones if not any(one.place in other.follows for other in dones)]
        return max(last, key=lambda step: (step.at, step.place), default=None)

    @property
    def end(self) -> Step:
        """The step that finished the last episode which was finished."""
        ends = [step for step in self.steps if step.after in ("verified", "closed") and step.before != step.after]
        return max(ends, key=lambda step: (step.episode, step.at, step.place))

    def is_overtaken(self, as_of: str) -> bool:
        """Whether a plan of a later moment recorded something of the episode, or somebody took it up again after it."""
        moment = f"{as_of}T00:00:00Z"
        taken_up = any(s.name == "reopened" and s.episode == self.episode and s.at > moment for s in self.steps)
        return taken_up or any(episode == self.episode and at > moment for episode, at in self.planned)

    @property
    def drawn(self) -> frozenset[str]:
        """All rows that were ever drawn."""
        return frozenset(row for step in self.steps for row in (step.event.get("opening") or {}).get("rows", ()))

    def add(self, step: Step) -> None:
        """Add a step, and what it says of due date, rows and acceptance."""
        newest = max((one.episode for one in self.steps), default=0)
        begins = step.episode > newest
        again = step.name == "reopened" and step.before == "done"
        self.steps.append(step)
        if step.episode < newest:
            return
        opening = step.event.get("opening")
        told = opening or {}
        rows = tuple(told.get("rows", ()))
        accepted = tuple((one["rule"], tuple(sorted(one["scope"].items()))) for one in told.get("acceptance", ()))
        if begins or again:
            # A new round of work: another day, other rows.
            self.due, self.rows = told.get("due"), rows
        elif step.before == "rejected" and step.after == "open":
            self.due = None
        elif opening:
            self.due, self.rows = self.due or told.get("due"), self.rows or rows
        if (begins and opening) or (opening and not self.accepted and (step.before, step.name) == ("", "opened")):
            self.accepted = accepted
        if opening:
            self.blocked = bool(told.get("blocked"))


def find_tips(steps: Iterable[Step]) -> list[Step]:
    """Find the deciding steps that no other one of these followed, the most cautious first."""
    deciding = [step for step in steps if not (step.name == "opened" and step.before)]
    tips = [one for one in deciding if not any(one.place in other.follows for other in deciding)]
    return sorted(tips, key=lambda step: (CAUTIOUS_FIRST.index(step.name), STATES.index(step.after), step.place))


def by_people(event: Mapping[str, Any]) -> bool:
    """Whether people decided it: what a plan records of its own is no decision, and it says what it opens again."""
    return event["event"] in PEOPLE and not event.get("opening")


def know(steps: Iterable[Step], tip: Step) -> list[Step]:
    """List the decisions of people that a step followed, itself too."""
    return [one for one in steps if by_people(one.event) and (one is tip or one.place in tip.follows)]


def find_counting(steps: Sequence[Step]) -> list[Step]:
    """Find the tips that count: not those behind which people decided less than behind another."""
    tips = find_tips(steps)
    known = {tip.place: {one.place for one in know(steps, tip)} for tip in tips}
    return [tip for tip in tips if not any(known[tip.place] < known[other.place] for other in tips)]


def is_disputed(steps: Sequence[Step]) -> bool:
    """Whether people decided differently, so that the action would stand differently."""
    counting = find_counting(steps)
    said = {last[0].name for tip in counting if (last := find_tips(know(steps, tip)))}
    return len({tip.after for tip in counting}) > 1 and len(said) > 1


Entries = Mapping[str, Mapping[str, Any]]


def read_files(folder: Path) -> dict[str, bytes]:
    """Read the entries of a ledger as they lie on the disk, by name."""
    return {path.stem: path.read_bytes() for path in folder.glob("??/*.json")}


def read_entries(files: Mapping[str, bytes]) -> Entries:
    """Read entries, each after its parents, ties in order of name; every name is the hash of its bytes."""
    assert all(hashlib.sha256(data).hexdigest() == name for name, data in files.items())
    found = {name: json.loads(data) for name, data in files.items()}
    missing = {name: {*entry["parents"]} for name, entry in found.items()}
    ready = [name for name, parents in missing.items() if not parents]
    heapify(ready)
    ordered = {}
    while ready:
        name = heappop(ready)
        ordered[name] = found[name]
        for child, parents in missing.items():
            if name in parents:
                parents.remove(name)
                if not parents:
                    heappush(ready, child)
    assert len(ordered) == len(found)
    return ordered


def find_ancestors(entries: Entries) -> dict[str, frozenset[str]]:
    """Find what each entry follows, itself too, by name."""
    reached: dict[str, frozenset[str]] = {}
    for name, entry in entries.items():
        reached[name] = frozenset([name]).union(*(reached[parent] for parent in entry["parents"]))
    return reached


def live(entries: Entries) -> dict[str, Life]:
    """Live all actions of a ledger; an event that the table does not allow is an error."""
    reached, lives = find_ancestors(entries), dict[str, Life]()
    for name, entry in entries.items():
        for event in entry["events"]:
            life = lives.setdefault(event["action"], Life())
            seen = [step for step in life.steps if step.entry in reached[name]]
            tips, counting = find_tips(seen), find_counting(seen)
            before = counting[0].after if tips else ""
            if event["event"] == "waived":
                assert before, f"{event['action']} was waived and never opened"
                life.planned.append((max(tip.episode for tip in tips), event["at"]))
                continue
            disputed = is_disputed(seen)
            after = allow(before, event["event"], disputed=disputed)
            if not by_people(event):
                assert after == before or not disputed, f"a plan settled what people disagree about: {event['action']}"
                if tips and counting[0].lapsed and event["event"] == "reopened":
                    after = "proposed"
            assert after, f"{event['event']} of {event['action']}, which was {before or 'unknown'}"
            begins = event["event"] == "opened" if not tips else is_return(before, event["event"])
            promised = (
                bool(event["opening"].get("acceptance")) if begins and event.get("opening")
                else any(tip.promised for tip in tips)
            )  # fmt: skip
            if event["event"] == "done" and not promised:
                after = "closed"
            episode = max((tip.episode for tip in tips), default=0) + begins
            follows = frozenset(step.place for step in seen)
            if event["by"] == "prism-rules":
                life.planned.append((episode, event["at"]))
            life.add(Step(len(life.steps), name, event, before, after, episode, promised, follows))
    return lives


def allow(before: str, event: str, *, disputed: bool) -> str | None:
    """Say the state after an event; None where it cannot happen. A dispute may be settled by repeating a decision."""
    return TABLE.get((before, event)) or (SETTLES.get(event) if disputed else None)


def is_return(before: str, event: str) -> bool:
    """Whether an action that was finished comes back, in another episode."""
    return event == "reopened" and before in ("verified", "closed")


def find_digests(entries: Entries, name: str) -> dict[str, str] | None:
    """Find what the last plan recorded up to an entry, itself too, had as digests; None where there is none."""
    reached = find_ancestors(entries)[name]
    recorded = [entry["inputs"] for one, entry in entries.items() if one in reached and entry.get("inputs")]
    return {used["source"]: used["digest"] for used in recorded[-1]} if recorded else None
