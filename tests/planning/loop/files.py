"""The same loop the whole way from Parquet files: what a rule says is computed here from the rows themselves."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from prism_rules.pipeline import Outcome, run
from prism_rules.pipeline.recording import record
from prism_rules.planning.before import read_plan_before
from prism_rules.planning.earlier import Previous

from .life import Entries, find_ancestors, live, read_entries, read_files
from .machine import CHANGES, CHOICES, START, Branch, check_plan, decide
from .oracle import CLASSES, ENOUGH, SITES, Oracle, Reading, Spec, build

WEEK = timedelta(days=7)
SCHEMA = {
    "id": pl.String, "time": pl.Datetime("us", "UTC"), "class": pl.String, "site": pl.String, "confidence": pl.Float64,
    "brightness": pl.Float64, "contrast": pl.Float64,
}  # fmt: skip
LEVELS = st.sampled_from((90, 90, 78, 70, 60, 60))
AMOUNTS = st.sampled_from((0, 3, ENOUGH, ENOUGH))
FEED = st.dictionaries(
    st.tuples(st.sampled_from(CLASSES), st.sampled_from(SITES)), st.tuples(LEVELS, AMOUNTS), max_size=4
)


class Seen(NamedTuple):
    """A row: its confidence in hundredths."""

    id: str
    time: datetime
    kind: str
    site: str
    sure: int


@dataclass(frozen=True)
class Rows:
    """What the files hold, seen as the rules see it at a day."""

    as_of: datetime
    seen: tuple[Seen, ...]
    run: tuple[Seen, ...]
    inputs: tuple[tuple[str, str], ...] = ()

    def read(self, rule: str, kind: str, site: str = "") -> Any:
        rows = [
            row for row in (self.run if rule == "whole" else self.seen) if row.kind == kind and site in ("", row.site)
        ]
        return Read(tuple(rows), self.as_of, rule == "whole")


@dataclass(frozen=True)
class Read:
    """The rows of a rule at a place."""

    rows: tuple[Seen, ...]
    as_of: datetime
    whole: bool

    def _mean(self, since: datetime) -> tuple[float | None, int]:
        values = [row.sure for row in self.rows if (self.whole or since <= row.time) and row.time < self.as_of]
        return (round(float(Fraction(sum(values), 100 * len(values))), 6) if values else None), len(values)

    def judge(self, spec: Spec) -> tuple[str, str]:
        value, n = self._mean(self.as_of - WEEK)
        return Reading(value, n).judge(spec)

    def measure(self, at: str, _: date) -> tuple[float | None, int]:
        return self._mean(max(datetime.fromisoformat(at), self.as_of - WEEK))


class FileOracle(Oracle):
    """What a plan over these rows must say."""

    def _list_rows(self, kind: str) -> Iterable[str]:
        sites = {site for _, _, site in self._list_opening("relabel", kind)} or {*SITES}
        rows: Rows = self.world  # type: ignore[assignment]
        return [
            row.id for row in rows.seen
            if row.kind == kind and row.site in sites and rows.as_of - WEEK <= row.time < rows.as_of
        ]  # fmt: skip


class FileLoop(RuleBasedStateMachine):
    """The governed loop over files and a ledger that are both real."""

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        self.root = Path(self.home.name)
        self.branch = Branch(self.root / "ledger")
        self.spec, self.as_of = Spec(), START
        self.seen: list[Seen] = []
        self.runs: list[Seen] = []
        self.plans = 0
        self.past: list[tuple[Spec, date, Path, Previous | None, Outcome]] = []

    def teardown(self) -> None:
        self.home.cleanup()

    @initialize(feed=FEED)
    def begin(self, feed: Any) -> None:
        places = [(kind, site) for kind in CLASSES for site in SITES]
        # Every place is met once: of one that never was nobody can say anything.
        met = {place: (sure, max(amount, 3)) for place, (sure, amount) in feed.items()}
        self.feed(dict.fromkeys(places, (90, ENOUGH)) | {("a", "p"): (60, ENOUGH)} | met, self.seen)
        self.feed(dict.fromkeys(places, (60, ENOUGH)), self.runs)
        self.plan()

    def feed(self, feed: Mapping[tuple[str, str], tuple[int, int]], rows: list[Seen]) -> None:
        """Add rows of the two days before the day of the plan."""
        begin = datetime.combine(self.as_of, datetime.min.time(), UTC) - timedelta(days=2)
        for (kind, site), (sure, amount) in sorted(feed.items()):
            for number in range(amount):
                rows.append(
                    Seen(f"{kind}{site}-{len(rows):04}", begin + timedelta(minutes=15 * number), kind, site, sure)
                )

    @rule(
        feed=FEED, choices=st.lists(CHOICES, max_size=3), days=st.sampled_from((1, 3, 7, 8)),
        change=st.one_of(st.none(), CHANGES), grows=st.sampled_from((None, None, 90, 60)),
    )  # fmt: skip
    def live_on(self, feed: Any, choices: Any, days: int, change: Any, grows: int | None) -> None:
        for choice in choices:
            decide(self.branch, choice, self.as_of)
        self.as_of += timedelta(days=days)
        self.spec = replace(self.spec, **(change or {}))
        self.feed(feed, self.seen)
        if grows is not None:
            self.feed({(kind, "p"): (grows, 5 * ENOUGH) for kind in CLASSES}, self.runs)
        self.plan()

    @rule(back=st.integers(0, 3))
    def replay(self, back: int) -> None:
        """A plan of then, made again from the files and the ledger of then."""
        spec, as_of, folder, previous, outcome = self.past[-1 - back % len(self.past)]
        ledger = self.root / f"ledger-{len(self.past)}-{back}"
        for name in find_ancestors_of(read_entries(read_files(self.branch.folder)), outcome.plan.ledger.heads):
            place = ledger / name[:2] / f"{name}.json"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self.branch.acknowledged[name])
        again = plan_files(spec, as_of, folder, ledger, previous)
        assert again.files == outcome.files

    def plan(self) -> None:
        """Make a plan, compare it with what it must say, and record it."""
        self.plans += 1
        folder = self.root / f"data-{self.plans}"
        folder.mkdir()
        for name, rows in (("seen", self.seen), ("run", self.runs)):
            frame = [(r.id, r.time, r.kind, r.site, r.sure / 100, 0.0, 0.0) for r in rows]
            pl.DataFrame(frame, schema=SCHEMA, orient="row").write_parquet(folder / f"{name}.parquet")
        files = read_files(self.branch.folder)
        entries = read_entries(files)
        lives = live(entries)
        newest = self.branch.newest
        previous = read_plan_before(newest, "sha256:00") if newest else None
        outcome = plan_files(self.spec, self.as_of, folder, self.branch.folder, previous)
        assert read_files(self.branch.folder) == files
        inputs = tuple((i.source, f"{i.digest} {i.to or ''}".strip()) for i in outcome.plan.inputs)
        moment = datetime.combine(self.as_of, datetime.min.time(), UTC)
        rows_now = Rows(moment, tuple(self.seen), tuple(self.runs), inputs)
        expected = FileOracle(self.spec, rows_now, entries, lives, self.as_of).expect()  # type: ignore[arg-type]
        check_plan(outcome.plan, outcome.files, outcome.events, expected, lives)
        record(outcome, self.branch.folder)
        self.branch.acknowledge([(event.event, event.action) for event in outcome.events])
        self.branch.newest = outcome.plan
        self.past.append((self.spec, self.as_of, folder, previous, outcome))


def plan_files(spec: Spec, as_of: date, folder: Path, ledger: Path, previous: Previous | None) -> Outcome:
    """Make a plan of the files in a folder."""
    resolved = build(spec)
    data = {"seen": "seen.parquet"} | ({"run": "run.parquet"} if spec.measures_runs else {})
    moment = datetime.combine(as_of, datetime.min.time(), UTC)
    return run(resolved, data, root=folder, ledger_folder=ledger, previous=previous, as_of=moment)


def find_ancestors_of(entries: Entries, heads: Iterable[str]) -> set[str]:
    """Find all that some heads follow, themselves too."""
    reached = find_ancestors(entries)
    return {name for head in heads for name in reached[head]}
