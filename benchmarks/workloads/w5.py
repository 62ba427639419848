"""W5: review queues. 340 rows out of millions, shared over classes by weight, the same rows on every run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from benchmarks.cases import SCRATCH, Case, Goal, Race, name_module
from benchmarks.data import AS_OF, CLASSES, HARD
from benchmarks.limits.w5 import read_drawn
from benchmarks.peers import name_script
from benchmarks.rulesets import write_ruleset
from benchmarks.workloads.files import name_data, write_text
from benchmarks.workloads.w1 import MILLION, write_plan

TITLE = "W5: 340 weighted rows"
ABOUT = """A queue of 340 rows, over 50 classes by weight. Engine: making the plan, which draws the queue, without the
scans of the rule that opens it. The limit orders by plain arithmetic on the number in the id, settles no ids, and is no
fair draw where ids are not what it takes them for. Both must take as many rows of each class, out of as many, and the
data must have them there. A peer's rows depend on the order of the file."""

SIZE, MOST = 340, 64
WEIGHTS = {name: 3 if name in HARD else 1 for name in CLASSES}
RULES = {"unsure": {"source": "predictions", "metric": "mean_confidence", "by": [], "fail": {"below": 0.99}}}
SHOWN = ["confidence"]
ENGINE = 1.15


def write_queue() -> str:
    """Write the ruleset whose one action draws the queue."""
    queue = {"from": "predictions", "size": SIZE, "weights": {"class": WEIGHTS}, "show": SHOWN}
    action = {"kind": "review", "for": ["area-1"], "by": [], "due": "7d", "title": "Look into it", "queue": queue}
    return write_ruleset(RULES, {"look": action})


def describe_queue() -> str:
    """Describe the queue as the limit and pandas are told it."""
    return json.dumps({"size": SIZE, "most": MOST, "weights": WEIGHTS, "show": SHOWN})


def list_races(full: bool) -> Iterator[Race]:
    """List the tables, by rows."""
    for rows in [10 * MILLION, 50 * MILLION] if full else [10 * MILLION]:
        yield make_race(rows)


def make_race(rows: int) -> Race:
    """Make one table: the limit, the drawing, the command, and pandas."""
    data, command = name_data(rows)
    ruleset = write_text("w5.yaml", write_queue())
    queue = write_text("w5.json", describe_queue())
    told = SCRATCH / "w5-numbers.json"
    read = partial(read_drawn, told, data)
    out = SCRATCH / "plan"
    return Race(
        f"{SIZE} of {rows // MILLION} M rows",
        (
            Case("limit: `min_by`, a key in arithmetic", name_module("limits.w5", data, queue),
                 asked=("--numbers", str(told)), read=read),
            Case("the same with the database's hash", name_module("limits.w5", data, queue, "--hash"),
                 note="not the same rows in the next version"),
            Case("**prism-rules**, its drawing",
                 name_module("program", ruleset, AS_OF, f"predictions={data}", "--queue"),
                 Goal(engine=ENGINE), asked=("--numbers", str(told)), read=read),
            Case("**prism-rules plan**", write_plan(ruleset, data, out), fresh=out),
            Case("pandas", name_script("pandas", "w5.py", data, queue), peer="pandas",
                 note="`DataFrame.sample`, weights"),
        ),
        ((data, command),),
    )  # fmt: skip
