"""What a plan must say, for one small world: read from the language, not from the program.

Rules are `agreement` (by class), `confidence` (by class and site) and `whole` (by class, over all runs). `train`
answers to the first, `relabel` to the second behind a gate of the first, `rerun` to the third; `guide` ends when it is
done, and `audit` comes after `relabel`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

from prism_rules.ruleset import Resolved

from ..case import NAME, build_ruleset
from .life import Entries, Life, find_digests

CLASSES, SITES = ("a", "b"), ("p", "q")
CLASSES_OF: dict[str, Any] = {kind: {} for kind in CLASSES}
DUE = {"train": 3, "relabel": 7, "guide": None, "rerun": 2, "audit": 1}
WARN, ENOUGH, SIZE = 0.8, 30, 3
NOT_KNOWN = ("insufficient", "no_data", "unsure")
Place = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Spec:
    """A ruleset, as far as it varies."""

    fail: float = 0.75
    strict_gate: bool = False
    strict_acceptance: bool = False
    gated: bool = True
    after: tuple[str, ...] = ("train",)
    accepts: bool = True
    """Whether `relabel` has a `done_when`."""
    called: str = "relabel"
    experimental: bool = False
    without: frozenset[str] = frozenset()
    """Actions that were taken out."""
    measures_runs: bool = True
    """Whether the rule `whole` is there, and with it `rerun`."""
    waived: tuple[tuple[str, str], ...] = ()
    """Classes whose agreement is waived, and until when."""

    @property
    def actions(self) -> tuple[str, ...]:
        gone = self.without | (frozenset() if self.measures_runs else {"rerun"})
        return tuple(name for name in DUE if name not in gone)

    def list_before(self, name: str) -> tuple[str, ...]:
        """List what an action comes after."""
        before = {"relabel": self.after, "audit": ("relabel",)}.get(name, ())
        return tuple(one for one in before if one in self.actions)

    def call(self, name: str) -> str:
        return self.called if name == "relabel" else name


@cache
def build(spec: Spec) -> Resolved:
    """Load the ruleset of a spec."""
    bounds = {"fail": {"below": spec.fail}}
    rules: dict[str, Any] = {
        "agreement": {"by": ["class"], "status": "experimental" if spec.experimental else "stable", **bounds},
        "confidence": {"by": ["class", "site"], **bounds},
        "whole": {"source": "run", "by": ["class"], **bounds},
    }
    causes = {
        "split": {"by": ["class"], "when": {"all": ["agreement"]}},
        "weak": {"by": ["class", "site"], "when": {"all": ["confidence"]}},
        "stale": {"by": ["class"], "when": {"all": ["whole"]}},
    }
    if not spec.measures_runs:
        del rules["whole"], causes["stale"]
    queue = {"from": "seen", "size": SIZE, "seed": 4}
    accepted = {"rule": "agreement", "at": "pass"} if spec.strict_acceptance else "agreement"
    required = {"rule": "agreement", "at": "pass"} if spec.strict_gate else "agreement"
    former = "review" if spec.called == "relabel" else "relabel"
    relabel: dict[str, Any] = {"for": ["weak"], "kind": "relabel", "renamed_from": [former], "queue": queue}
    relabel |= {"requires": [required]} if spec.gated else {}
    relabel |= {"done_when": ["confidence"]} if spec.accepts else {}
    entries: dict[str, Any] = {
        "train": {"for": ["split"], "done_when": [accepted]},
        "relabel": relabel,
        "guide": {"for": [{"rule": "agreement"}]},
        "rerun": {"for": ["stale"], "done_when": ["whole"]},
        "audit": {"for": ["weak"]},
    }
    actions = {}
    for name in spec.actions:
        due = {"due": f"{DUE[name]}d"} if DUE[name] else {}
        after = {"after": [spec.call(one) for one in spec.list_before(name)]} if spec.list_before(name) else {}
        actions[spec.call(name)] = {"by": ["class"], **entries[name], **due, **after}
    waivers = {
        f"waiver-{kind}": {"rule": "agreement", "match": {"class": kind}, "until": until} for kind, until in spec.waived
    }
    return build_ruleset(
        {"rules": rules, "causes": causes, "actions": actions, "waivers": waivers, "classes": CLASSES_OF}
    )


class Reading(NamedTuple):
    """A rule at a place: now, and on data since something was done."""

    value: float | None = 0.9
    n: int = 40
    doubt: str = ""
    since: float | None = None
    since_n: int = 40
    long_since: float | None = 0.9
    """The same, where more than four days have passed."""

    def measure(self, at: str, as_of: date) -> tuple[float | None, int]:
        """Measure it on data since a time: the value, and the rows."""
        passed = (as_of - date.fromisoformat(at[:10])).days
        return (self.long_since if passed > 4 else self.since) if passed > 0 else None, self.since_n

    def judge(self, spec: Spec) -> tuple[str, str]:
        """Judge it: the status, and the level that is in doubt."""
        if self.value is None:
            return "no_data", ""
        if self.n < ENOUGH:
            return "insufficient", ""
        if self.value < spec.fail:
            return {"": ("fail", ""), "unsure": ("unsure", "fail"), "warn": ("warn", "fail")}[self.doubt]
        if self.value < WARN:
            return ("unsure", "warn") if self.doubt else ("warn", "")
        return "pass", ""


@dataclass(frozen=True)
class World:
    """What the data says of every rule at every place."""

    readings: tuple[tuple[tuple[str, Place], Reading], ...]
    pool: int = 5
    """Rows that may be drawn."""
    inputs: tuple[tuple[str, str], ...] = (("seen", "first"), ("run", "first 2026-02-01"))
    """Digest of a source, and the day of its newest row."""

    def read(self, rule: str, kind: str, site: str = "") -> Reading:
        return dict(self.readings)[rule, place(kind, site)]

    def change(self, changed: Mapping[tuple[str, Place], Reading]) -> World:
        return replace(self, readings=tuple((dict(self.readings) | changed).items()))


def place(kind: str, site: str = "") -> Place:
    return (("class", kind), ("site", site)) if site else (("class", kind),)


PLACES = [
    *(("agreement", place(kind)) for kind in CLASSES),
    *(("confidence", place(kind, site)) for kind in CLASSES for site in SITES),
    *(("whole", place(kind)) for kind in CLASSES),
]


@dataclass
class Expected:
    """What a plan must say of one action, and record."""

    state: str
    shown: str
    episode: int
    due: str | None = None
    because: frozenset[tuple[str, str]] = frozenset()
    """What keeps it: the rule or the action, and why."""
    accepted: frozenset[tuple[str, Place, str]] = frozenset()
    rows: tuple[str, ...] = ()
    event: str | None = None


def name_row(number: int) -> str:
    return f"row-{number:02}"


def write_id(name: str, kind: str) -> str:
    """Write the id that a recorded action would get."""
    text = json.dumps(["action", NAME, name, {"class": kind}], sort_keys=True, separators=(",", ":"))
    return f"{name}-{kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


class Oracle:
    """A ruleset, a world, and what was decided, at a day."""

    def __init__(self, spec: Spec, world: World, entries: Entries, lives: Mapping[str, Life], as_of: date) -> None:
        self.spec, self.world, self.entries, self.as_of = spec, world, entries, as_of
        self.since = f"{as_of - timedelta(days=7)}T00:00:00Z"
        self.lives = {
            (name, kind): self._find_life(lives, name, kind) for name in spec.actions for kind in CLASSES
        }  # fmt: skip
        self.found: dict[tuple[str, str], Expected] = {}

    def _find_life(self, lives: Mapping[str, Life], name: str, kind: str) -> tuple[str, Life | None]:
        """Find an action under any name it had; of two, the one that lives."""
        names = ["relabel", "review"] if name == "relabel" else [name]
        known = [identity for identity in (write_id(one, kind) for one in names) if identity in lives]
        if not known:
            return write_id(self.spec.call(name), kind), None
        assert len(known) == 1, "it was recorded under two names"
        return known[0], lives[known[0]]

    def expect(self) -> dict[str, Expected]:
        """Say what the plan must say of every action that it shows, by id."""
        settled = {key: self._settle(*key) for key in self.lives}
        for name in ("train", "guide", "rerun", "relabel", "audit"):
            for kind in CLASSES if name in self.spec.actions else ():
                state = settled[name, kind]
                if state is not None:
                    self.found[name, kind] = self._write(name, kind, state, settled)
        return {self.lives[key][0]: expected for key, expected in self.found.items()}

    def _list_causes(self, name: str, kind: str) -> list[tuple[str, str, str]]:
        rule = {"train": "agreement", "guide": "agreement", "rerun": "whole"}.get(name, "confidence")
        return [(rule, kind, site) for site in (SITES if rule == "confidence" else ("",))]

    def _is_waived(self, rule: str, kind: str) -> bool:
        return rule == "agreement" and any(one == kind and f"{self.as_of}" < until for one, until in self.spec.waived)

    def _list_opening(self, name: str, kind: str) -> list[tuple[str, str, str]]:
        """List what opens it: failures that are neither waived nor of a rule on trial."""
        return [
            cause for cause in self._list_causes(name, kind)
            if self.world.read(*cause).judge(self.spec)[0] == "fail" and not self._is_waived(cause[0], kind)
            and not (self.spec.experimental and cause[0] == "agreement")
        ]  # fmt: skip

    def _is_gone(self, name: str, kind: str) -> bool:
        """Whether its cause was looked for and is nowhere."""
        return all(
            self.world.read(*cause).judge(self.spec)[0] not in ("fail", *NOT_KNOWN)
            for cause in self._list_causes(name, kind)
        )

    def _is_renewed(self, source: str, at: str, entry: str) -> bool:
        digest, _, newest = dict(self.world.inputs)[source].partition(" ")
        if newest and (newest if "T" in newest else f"{newest}T00:00:00Z") >= at:
            return True
        before = find_digests(self.entries, entry)
        return before is not None and before.get(source) != digest

    def _measure(self, rule: str, at: str, entry: str, kind: str, site: str = "", *, strict: bool = False) -> str:
        """Measure a rule on data since something was done: it holds, it fails, or it cannot be told yet."""
        reading = self.world.read(rule, kind, site)
        value, n = reading.measure(at, self.as_of)
        if value is None or n < ENOUGH:
            return "not_yet_measured"
        if rule == "whole" and not self._is_renewed("run", at, entry):
            return "not_yet_measured"
        return "holds" if value >= (WARN if strict else self.spec.fail) else "fails"

    def _accept(self, name: str, kind: str, life: Life) -> set[tuple[str, Place, str]]:
        done = life.done
        if done is None or name in ("guide", "audit") or (name == "relabel" and not self.spec.accepts):
            return set()
        if name != "relabel":
            rule, strict = ("whole", False) if name == "rerun" else ("agreement", self.spec.strict_acceptance)
            return {(rule, place(kind), self._measure(rule, done.at, done.entry, kind, strict=strict))}
        asked = {site for _, _, site in self._list_opening(name, kind)}
        asked |= {dict(scope)["site"] for _, scope in life.accepted if "site" in dict(scope)}
        return {
            ("confidence", place(kind, site), self._measure("confidence", done.at, done.entry, kind, site))
            for site in asked or SITES
        }

    def _settle(self, name: str, kind: str) -> str | None:
        """Say where an action stands before gates; None where the plan does not show it."""
        life, opening = self.lives[name, kind][1], self._list_opening(name, kind)
        if life is None:
            return "proposed" if opening else None
        late = life.is_overtaken(str(self.as_of))
        if life.state in ("verified", "closed"):
            if not opening:
                return life.state if life.disputed else None
            if late:
                return life.state
            later = (self.lives[one, kind][1] for one in self.spec.actions if name in self.spec.list_before(one))
            if (
                life.state == "closed"
                and not life.lapsed
                and any(one and one.state in ("proposed", "open", "done") for one in later)
            ):
                return life.state
            rule = opening[0][0]
            newer = (
                self._is_renewed("run", life.end.at, life.end.entry) if rule == "whole" else self.since >= life.end.at
            )
            held = life.state == "verified" and {result for _, _, result in self._accept(name, kind, life)} == {"holds"}
            if not newer or held:
                return life.state
            return "proposed" if life.lapsed else "open"
        if life.state == "rejected":
            return "rejected" if opening or life.disputed else None
        if late:
            return life.state
        if life.state == "proposed" and not opening and not life.wanted and self._is_gone(name, kind):
            return "closed"
        if life.state != "done":
            return life.state
        parts = {result for _, _, result in self._accept(name, kind, life)}
        if not parts:
            return "closed"
        if parts == {"holds"}:
            return "verified"
        return "open" if "fails" in parts else life.state

    def _find_keepers(self, name: str, kind: str, settled: Mapping[tuple[str, str], str | None]) -> Iterator[Any]:
        before = self.spec.list_before(name)
        waiting = [one for one in before if settled[one, kind] == "open"]
        gated = name == "relabel" and self.spec.gated
        if waiting:
            yield from ((one, "awaiting") for one in waiting)
            return
        if gated:
            why = self._find_closed(before, kind)
            if why and not self.spec.experimental:
                yield "agreement", why
        yield from ((one, "awaiting") for one in before if (one, kind) in self.found and self.found[one, kind].because)

    def _find_closed(self, before: tuple[str, ...], kind: str) -> str | None:
        lives = [life for one in before if (life := self.lives[one, kind][1])]
        dones = [life.done for life in lives if life.done and life.state in ("done", "verified", "closed")]
        if dones:
            last = max(dones, key=lambda step: step.at)
            result = self._measure("agreement", last.at, last.entry, kind, strict=self.spec.strict_gate)
            return None if result == "holds" else result
        status, doubt = self.world.read("agreement", kind).judge(self.spec)
        if status == "pass" or (not self.spec.strict_gate and "warn" in (status, doubt) and doubt != "fail"):
            return None
        if status in ("insufficient", "no_data"):
            return "unmeasured"
        return "unsure" if "unsure" in status or doubt == "fail" else "fails"

    def _write(self, name: str, kind: str, state: str, settled: Mapping[tuple[str, str], str | None]) -> Expected:
        identity, life = self.lives[name, kind]
        waits = state in ("proposed", "open")
        because = frozenset(self._find_keepers(name, kind, settled)) if waits else frozenset()
        was = life.state if life else ""
        returns = was in ("verified", "closed") and state in ("proposed", "open")
        goes_on = life is not None and not returns and not (was == "done" and state == "open")
        expected = Expected(state, "blocked" if because else state, (life.episode if life else 1) + returns)
        expected.because = because
        if life and not returns and was in ("done", "verified"):
            expected.accepted = frozenset(self._accept(name, kind, life))
        days = DUE[name]
        if not because:
            kept = life.due if life and goes_on else None
            expected.due = kept or (f"{self.as_of + timedelta(days=days)}" if days and waits else None)
        if name == "relabel" and waits and not because:
            kept_rows = life.rows if life and goes_on else ()
            expected.rows = kept_rows or self._draw(identity, kind, life.drawn if life else frozenset())
        expected.event = self._find_event(expected, was, life)
        return expected

    def _list_rows(self, _: str) -> Iterable[str]:
        """List the rows that may be drawn."""
        return map(name_row, range(self.world.pool))

    def _draw(self, identity: str, kind: str, drawn: frozenset[str]) -> tuple[str, ...]:
        rows = [row for row in self._list_rows(kind) if row not in drawn]
        keys = {row: hashlib.sha256(f"{identity}|4|{row}".encode()).hexdigest()[:13] for row in rows}
        return tuple(sorted(rows, key=lambda row: (keys[row], row))[:SIZE])

    def _find_event(self, expected: Expected, was: str, life: Life | None) -> str | None:
        if life is None:
            return "opened"
        if life.is_overtaken(str(self.as_of)):
            return None
        if expected.state != was:
            back = {"open": "reopened", "proposed": "reopened"}
            return {"verified": "verified", "closed": "closed", **back}[expected.state]
        if expected.state not in ("proposed", "open"):
            return None
        if expected.because:
            return None if life.blocked else "opened"
        late = life.blocked or (expected.due and not life.due) or (expected.rows and not life.rows)
        return "opened" if late else None
