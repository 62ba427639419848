"""Random decisions, data, rulesets and branches of a ledger, through many cycles of plans that are recorded.

Every plan is made twice, the second time from what lies on the disk, and compared with what the language says it must
be. After every step the ledger is read from its files: nothing that was acknowledged may be gone or changed.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from prism_rules.cli.decide import Decided, append_decision
from prism_rules.diagnostics import Refused
from prism_rules.engines import Batch
from prism_rules.model.ledger import Event
from prism_rules.model.plan import Plan
from prism_rules.planning.before import read_plan_before
from prism_rules.planning.earlier import Previous

from ..case import FiveRows, Story, write_name
from .life import PEOPLE, Entries, Life, allow, find_ancestors, live, read_entries, read_files
from .oracle import CLASSES, PLACES, SITES, Expected, Oracle, Reading, Spec, World, build, name_row, place, write_id

START = date(2026, 3, 1)
READINGS = st.builds(
    Reading,
    value=st.sampled_from((0.9, 0.6, 0.6, 0.7, 0.78, None)),
    n=st.sampled_from((40, 40, 40, 3)),
    doubt=st.sampled_from(("", "", "unsure", "warn")),
    since=st.sampled_from((0.9, 0.9, 0.78, 0.7, 0.6, None)),
    long_since=st.sampled_from((0.9, 0.6, None)),
    since_n=st.sampled_from((40, 40, 3)),
)
CHANGES = st.sampled_from(
    [
        {"fail": 0.75}, {"fail": 0.65}, {"strict_gate": True}, {"strict_gate": False}, {"strict_acceptance": True},
        {"gated": False}, {"gated": True}, {"after": ()}, {"after": ("train",)}, {"after": ("train", "guide")},
        {"accepts": False}, {"accepts": True}, {"called": "review"}, {"called": "relabel"}, {"experimental": True},
        {"experimental": False}, {"without": frozenset()}, {"without": frozenset({"train"})},
        {"without": frozenset({"relabel"})}, {"without": frozenset({"guide", "audit"})}, {"measures_runs": False},
        {"measures_runs": True},
    ]
)  # fmt: skip


class Choice(NamedTuple):
    """What somebody decides."""

    which: int
    event: int
    fitting: bool = True
    """Whether it may follow what was decided before."""
    days: int = 0
    """How long ago it was."""
    override: bool = False
    shown: bool = False
    """Whether the newest plan is given."""


CHOICES = st.builds(
    Choice, which=st.integers(0, 11), event=st.integers(0, 5), fitting=st.sampled_from((True, True, True, False)),
    days=st.sampled_from((0, 0, 0, 1, 5)), override=st.sampled_from((False, True)), shown=st.booleans(),
)  # fmt: skip
DAYS = st.sampled_from((0, 1, 3, 7, 8, -6))
"""Until the next plan; one in six comes late, for a day that lies behind."""
CHANGED = st.dictionaries(st.sampled_from(PLACES), READINGS, max_size=4)
CYCLES = st.lists(st.tuples(CHANGED, st.lists(CHOICES, max_size=3), DAYS), min_size=1, max_size=3)


class Pool(FiveRows):
    """An engine whose rows are those of the world, but for those that a query leaves out."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = 5

    def answer(self, batch: Batch) -> Mapping[str, Any]:
        schema = {"row_id": pl.String, "stratum": pl.String, "eligible": pl.Int64, "c0": pl.Boolean}
        answers = {}
        for name, query in batch.queries:
            left_out = re.search(r"row_id NOT IN \(([^)]*)\)", query)
            drawn = re.findall(r"'([^']*)'", left_out[1]) if left_out else []
            rows = [row for row in map(name_row, range(self.rows)) if row not in drawn]
            answers[name] = pl.DataFrame([(row, "*", len(rows), True) for row in rows], schema=schema, orient="row")
        return answers


@dataclass
class Branch:
    """A ledger, the plan that was recorded last beside it, and what may never be lost again."""

    folder: Path
    newest: Plan | None = None
    acknowledged: dict[str, bytes] = field(default_factory=dict)
    spec: Spec = field(default_factory=Spec)

    def fork(self, folder: Path) -> Branch:
        shutil.copytree(self.folder, folder) if self.folder.exists() else folder.mkdir()
        return Branch(folder, self.newest, dict(self.acknowledged), self.spec)

    def acknowledge(self, events: list[tuple[str, str]]) -> None:
        """One entry was added, with these events, and nothing else was touched; none may do where nothing happened."""
        files = read_files(self.folder)
        added = files.keys() - self.acknowledged.keys()
        assert bool(events) <= len(added) <= 1
        entries = read_entries(files)
        assert [(e["event"], e["action"]) for name in added for e in entries[name]["events"]] == events
        self.acknowledged |= {name: files[name] for name in added}

    def merge(self, other: Branch) -> None:
        """Take over another branch's files, as a merge in git does."""
        shutil.copytree(other.folder, self.folder, dirs_exist_ok=True)
        self.acknowledged |= other.acknowledged


def decide(branch: Branch, choice: Choice, as_of: date) -> None:
    """Decide something about a recorded action, mostly what may follow, and now and then about one that is not."""
    lives = live(read_entries(read_files(branch.folder)))
    identity = [*sorted(lives), "nothing-0123456789ab"][choice.which % (len(lives) + 1)]
    state = lives[identity].state if identity in lives else ""
    disputed = identity in lives and lives[identity].disputed
    fitting = [event for event in PEOPLE if allow(state, event, disputed=disputed)] or [*PEOPLE]
    event = (fitting if choice.fitting else PEOPLE)[choice.event % len(fitting if choice.fitting else PEOPLE)]
    now = datetime.combine(as_of, datetime.min.time(), UTC) + timedelta(hours=36)
    at = now - timedelta(days=choice.days)
    plan = branch.newest if choice.shown else None
    override = choice.override
    refused = find_refusal(lives.get(identity), identity, event, f"{at:%Y-%m-%dT%H:%M:%SZ}", now, override, plan)
    decided = Decided(event, "@org/reliability", "agreed", at)  # type: ignore[arg-type]
    refusal: Refused | None = None
    try:
        append_decision(branch.folder, identity, decided, override=override, plan=plan, now=now)
    except Refused as raised:
        refusal = raised
    assert bool(refusal) == bool(refused), (refusal, refused)
    if refusal:
        assert refusal.exit_code == 2
        assert read_files(branch.folder) == branch.acknowledged
        return
    branch.acknowledge([(event, identity)])


def find_refusal(
    life: Life | None, identity: str, event: str, at: str, now: datetime, override: bool, plan: Plan | None
) -> str | None:
    """Say why a decision cannot be taken; None where it can."""
    if life is None:
        return "it was never recorded"
    blocked = life.blocked if plan is None else {e.id: e.state for e in plan.actions}.get(identity) == "blocked"
    if event == "done" and blocked and not override and life.state in ("proposed", "open"):
        return "it is blocked"
    last = next(step for step in reversed(life.steps) if step.before != step.after)
    if at < last.at <= f"{now:%Y-%m-%dT%H:%M:%SZ}":
        return "it would come before what it follows"
    return None if allow(life.state, event, disputed=life.disputed) else f"{event} cannot follow {life.state}"


@dataclass(frozen=True)
class Recorded:
    """A plan that was recorded, and all that it was made from."""

    branch: Branch = field(repr=False)
    heads: tuple[str, ...]
    spec: Spec
    world: World = field(repr=False)
    as_of: date
    previous: Previous | None = field(repr=False)
    text: str = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)


class Loop(RuleBasedStateMachine):
    """The governed loop, over findings that are made up and a ledger that is real."""

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        self.main = self.here = Branch(Path(self.home.name) / "main")
        self.other: Branch | None = None
        self.forks = 0
        self.as_of = START
        self.past: list[Recorded] = []
        self.ids: dict[tuple[str, str], set[str]] = {}
        self.world = World(tuple((key, Reading()) for key in PLACES))

    def teardown(self) -> None:
        self.home.cleanup()

    # --- What changes between plans

    @initialize(
        values=st.tuples(*(st.sampled_from((0.6, 0.78, 0.9)) for _ in PLACES)),
        strict=st.booleans(), changes=st.lists(CHANGES, max_size=4),
    )  # fmt: skip
    def begin(self, values: tuple[float, ...], strict: bool, changes: list[dict[str, Any]]) -> None:
        for change in ({"strict_gate": strict}, *changes):
            self.change_ruleset(change)
        self.world = self.world.change({key: Reading(value) for key, value in zip(PLACES, values, strict=True)})
        self.plan(0, True, False)

    @rule(changed=st.dictionaries(st.sampled_from(PLACES), READINGS, min_size=1, max_size=3))
    def change_data(self, changed: Any) -> None:
        self.world = self.world.change(changed)

    @rule(value=st.sampled_from((0.9, 0.6)), since=st.sampled_from((0.9, 0.6, None)))
    def change_all_data(self, value: float, since: float | None) -> None:
        self.world = self.world.change({key: Reading(value, since=since) for key in PLACES})

    @rule(rows=st.integers(0, 3), how=st.sampled_from(("grows", "rewritten", "stays")))
    def grow(self, rows: int, how: str) -> None:
        inputs = dict(self.world.inputs)
        digest, _, newest = inputs["run"].partition(" ")
        if how != "stays":
            digest = f"digest-{len(self.past)}-{self.as_of}"
        if how == "grows":
            newest = str(self.as_of - timedelta(days=1))
        inputs["run"] = f"{digest} {newest}"
        self.world = replace(self.world, pool=self.world.pool + rows, inputs=tuple(inputs.items()))

    @rule(change=CHANGES)
    def change_ruleset(self, change: dict[str, Any]) -> None:
        self.here.spec = replace(self.here.spec, **change)

    @rule(waived=st.dictionaries(st.sampled_from(CLASSES), st.integers(-3, 20), max_size=2))
    def waive(self, waived: dict[str, int]) -> None:
        until = tuple((kind, str(self.as_of + timedelta(days=days))) for kind, days in sorted(waived.items()))
        self.change_ruleset({"waived": until})

    # --- What people do

    @rule(choices=st.lists(CHOICES, min_size=1, max_size=4))
    def decide(self, choices: list[Choice]) -> None:
        for choice in choices:
            decide(self.here, choice, self.as_of)

    # --- Branches

    @precondition(lambda self: self.other is None)
    @rule()
    def fork(self) -> None:
        self.forks += 1
        self.other = self.main.fork(Path(self.home.name) / f"branch-{self.forks}")

    @precondition(lambda self: self.other is not None)
    @rule()
    def switch(self) -> None:
        assert self.other
        self.here = self.other if self.here is self.main else self.main

    @precondition(lambda self: self.other is not None)
    @rule(theirs=st.booleans())
    def merge(self, theirs: bool) -> None:
        """The ruleset is that of either branch."""
        assert self.other
        self.main.merge(self.other)
        self.main.spec = self.other.spec if theirs else self.main.spec
        self.here, self.other = self.main, None

    # --- Plans

    @rule(days=DAYS, recorded=st.sampled_from((True, True, True, False)), remember=st.booleans())
    def plan(self, days: int, recorded: bool, remember: bool) -> None:
        """Make a plan against the newest one; to `remember` is to leave it to the ledger which one was before."""
        self.as_of += timedelta(days=days)
        before = read_files(self.here.folder)
        entries = read_entries(before)
        lives = live(entries)
        expected = Oracle(self.here.spec, self.world, entries, lives, self.as_of).expect()
        story = self.open_story(remember)
        previous = story.previous
        plan = make(story, self.world, self.as_of, record=False)
        assert read_files(self.here.folder) == before, "a plan that is not recorded changed the ledger"
        heads = plan.ledger.heads
        check_plan(plan, story.files, story.events, expected, lives)
        for entry in plan.actions:
            key = entry.action.replace("review", "relabel"), entry.scope["class"]
            self.ids.setdefault(key, set()).add(entry.id)
        since = find_read_before(entries, str(self.as_of)) if remember else previous and previous.heads
        check_decisions(plan, entries, since or ())
        restarted = self.open_story(remember)
        again = make(restarted, self.world, self.as_of, record=recorded)
        assert (again.model_dump_json(), restarted.files) == (plan.model_dump_json(), story.files)
        assert list(restarted.events) == list(story.events)
        if recorded:
            self.here.newest = plan
            self.here.acknowledge([(event.event, event.action) for event in story.events])
            text = plan.model_dump_json()
            past = Recorded(self.here, heads, self.here.spec, self.world, self.as_of, previous, text, story.files)
            self.past.append(past)

    @rule(cycles=CYCLES, remember=st.booleans())
    def live_on(self, cycles: Any, remember: bool) -> None:
        """What is done most: data changes, people decide, a plan is recorded."""
        for changed, choices, days in cycles:
            self.world = self.world.change(changed)
            self.plan(days, True, remember)
            self.decide(choices)

    @precondition(lambda self: self.other is None)
    @rule(there=CYCLES, here=CYCLES, changes=st.lists(CHANGES, max_size=2), theirs=st.booleans())
    def diverge(self, there: Any, here: Any, changes: list[dict[str, Any]], theirs: bool) -> None:
        """Two branches go on without each other, by rulesets of their own, and meet."""
        self.fork()
        self.switch()
        for change in changes:
            self.change_ruleset(change)
        self.live_on(there, remember=False)
        self.switch()
        self.live_on(here, remember=True)
        self.merge(theirs)

    @rule(kind=st.sampled_from(CLASSES), now=READINGS, days=DAYS)
    def train(self, kind: str, now: Reading, days: int) -> None:
        """What others wait for is done while their causes go on: their gate is measured since then."""
        places = [("agreement", place(kind)), *(("confidence", place(kind, site)) for site in SITES)]
        self.world = self.world.change(dict.fromkeys(places, Reading(0.6)))
        self.plan(8, True, True)
        known = sorted(self.read_lives())
        if (identity := write_id("train", kind)) in known:
            done = Choice(known.index(identity), PEOPLE.index("done"), fitting=False, override=True)
            decide(self.here, done, self.as_of)
        self.world = self.world.change({places[0]: now})
        self.plan(days, True, False)

    @precondition(lambda self: self.past)
    @rule(back=st.integers(0, 7))
    def replay(self, back: int) -> None:
        """A plan of then is made again from the ledger as it was then."""
        past = self.past[-1 - back % len(self.past)]
        story = Story(build(past.spec), past.branch.folder, past.previous, engine=Pool())
        plan = make(story, past.world, past.as_of, record=False, heads=past.heads)
        assert (plan.model_dump_json(), story.files) == (past.text, past.files)

    def open_story(self, remember: bool) -> Story:
        """Open the ledger as another process would."""
        newest = None if remember else self.here.newest
        previous = read_plan_before(Plan.model_validate_json(newest.model_dump_json()), "sha256:00") if newest else None
        return Story(build(self.here.spec), self.here.folder, previous, engine=Pool())

    # --- What must hold

    def read_lives(self) -> dict[str, Life]:
        return live(read_entries(read_files(self.here.folder)))

    @invariant()
    def nothing_is_lost(self) -> None:
        for branch in {id(one): one for one in (self.main, self.other) if one}.values():
            assert read_files(branch.folder) == branch.acknowledged

    @invariant()
    def ids_are_stable(self) -> None:
        lives = self.read_lives()
        for (name, kind), ids in self.ids.items():
            recorded = ids & lives.keys()
            assert len(recorded) <= 1, f"{name} of {kind} is recorded under {recorded}"


def check_plan(
    plan: Plan, written: Mapping[str, bytes], recorded: Sequence[Event], expected: Mapping[str, Expected],
    lives: Mapping[str, Life],
) -> None:  # fmt: skip
    """A plan says of every action what the language says, and nothing leaves by a closed gate."""
    as_of = plan.as_of[:10]
    shown = {entry.id: entry for entry in plan.actions}
    assert len(shown) == len(plan.actions)
    states = {one: entry.state for one, entry in shown.items()}
    wanted = {one: e.shown for one, e in expected.items()}
    for identity in sorted(states | wanted):
        compare("state", states.get(identity), wanted.get(identity), f"{identity}, after {tell(lives.get(identity))}")
    files = {path.removeprefix("queues/").rsplit(".", 1)[0] for path in written if path.startswith("queues/")}
    names = {entry.id: entry.action.replace("review", "relabel") for entry in plan.actions}
    events = {event.action: event for event in recorded if event.event != "waived"}
    notes = [event for event in recorded if event.event == "waived"]
    assert len(events) + len(notes) == len(recorded)
    for note in notes:
        assert lives[note.action].state in ("proposed", "open", "done") and not shown[note.action].covers
    for identity, entry in shown.items():
        one, life = expected[identity], lives.get(identity)
        told = f"{write_name(entry.action, entry.scope)} on {as_of}, after {tell(life)}"
        compare("episode", entry.episode, one.episode, told)
        keepers = {(names[b.action] if b.action else b.rule, b.because) for b in entry.blocked_by}
        compare("gate", keepers, one.because, told)
        compare("due", entry.due, one.due, told)
        overdue = bool(one.due and one.due < as_of and one.state in ("proposed", "open"))
        compare("overdue", entry.overdue, overdue, told)
        if one.accepted:
            parts = {(a.rule, tuple(sorted(a.scope.items())), result_of(a)) for a in entry.acceptance}
            compare("acceptance", parts, one.accepted, told)
        rows = tuple(written[f"queues/{identity}.jsonl"].decode().split('"row_id": "')[1:]) if identity in files else ()
        compare("rows", tuple(row.split('"')[0] for row in rows), one.rows, told)
        event = events.get(identity)
        compare("event", event.event if event else None, one.event, told)
        if event and event.opening:
            opening = event.opening
            recorded_as = opening.blocked, opening.rows, opening.due
            compare("opening", recorded_as, (bool(one.because), one.rows, one.due), told)
        if one.because:
            assert not one.rows and entry.due is None and identity not in files, told
        if life and life.rows and one.rows and one.rows != life.rows:
            assert not {*one.rows} & life.drawn, f"{told}: a row is drawn twice"
    assert files <= shown.keys()
    assert events.keys() <= shown.keys()
    hidden = {finding.id for finding in plan.findings if finding.status == "waived"}
    for entry in plan.actions:
        assert entry.state != "proposed" or entry.id in lives or not {*entry.covers} <= hidden


def compare(what: str, says: object, wanted: object, about: str) -> None:
    """What a plan says of an action must be what is wanted."""
    assert says == wanted, f"the plan is wrong in {what}: {says} instead of {wanted}, of {about}"


def check_decisions(plan: Plan, entries: Entries, heads: Sequence[str]) -> None:
    """A plan tells every decision of people once that the plan before it had not read."""
    reached = find_ancestors(entries)
    read = frozenset().union(*(reached[head] for head in heads))
    made = sorted(
        (name, event["action"]) for name, entry in entries.items() if name not in read
        for event in entry["events"] if event["event"] in PEOPLE and event["by"] != "prism-rules"
    )  # fmt: skip
    compare("decisions", sorted((one.entry, one.action) for one in plan.decisions), made, plan.as_of)


def find_read_before(entries: Entries, day: str) -> Sequence[str]:
    """Find what the last plan before a day had read; of several for one moment the last in the ledger's order."""
    plans = [entry for entry in entries.values() if entry.get("plan") and entry["as_of"][:10] < day]
    return max(reversed(plans), key=lambda entry: str(entry["as_of"]))["parents"] if plans else ()


def tell(life: Life | None) -> str:
    """Tell a life, for a message: what followed what, on which day, from which state to which."""
    steps = life.steps if life else []
    return "; ".join(
        f"{s.place}{sorted(s.follows)} {s.name} {s.at[:10]} {s.before}>{s.after} {s.episode}" for s in steps
    )


def result_of(part: Any) -> str:
    return part.reason or ("holds" if part.holds else "fails")


def make(story: Story, world: World, as_of: date, *, record: bool, heads: tuple[str, ...] | None = None) -> Plan:
    """Make a plan of a world; what is measured since an action was done is there only for what lies behind."""
    assert isinstance(story.engine, Pool)
    story.engine.rows = world.pool
    spec_rules = story.resolved.model.rules
    events = [event for entry in read_entries(read_files(story.ledger)).values() for event in entry["events"]]
    days = sorted({event["at"][:10] for event in events if event["event"] == "done" and event["at"] < str(as_of)})
    findings, again = [], []
    for (name, scope), reading in world.readings:
        if name not in spec_rules:
            continue
        spec = Spec(fail=float(spec_rules[name].fail.below))  # type: ignore[union-attr,arg-type]
        status, doubt = reading.judge(spec)
        words = write_name(name, dict(scope))
        value = "" if reading.value is None else f" {reading.value}"
        since = " from=ever" if name == "whole" else ""
        findings.append(
            f"{name} {status}{'/' + doubt if doubt else ''}{words.removeprefix(name)}{value} n={reading.n}{since}"
        )
        for day in days:
            value, n = reading.measure(day, as_of)
            if value is not None:
                again.append(f"{words} {value} n={n} since={day}")
    return story.plan(
        findings, as_of=as_of, again=again, inputs=dict(world.inputs), record=record, heads=heads,
        remember=story.previous is None,
    )  # fmt: skip
