"""W3: agreement of annotators. 52 statistics of units of two to four labels, 50 classes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks.cases import SCRATCH, Case, Goal, Race, name_module
from benchmarks.data import AS_OF, CLASSES
from benchmarks.peers import name_script
from benchmarks.workloads.files import name_data, read_numbers, write_text
from benchmarks.workloads.w1 import MILLION, write_plan

TITLE = "W3: agreement of annotators"
ABOUT = """Percent agreement, Krippendorff's alpha, and alpha of each of 50 classes against the rest, over 28 days of
labels. Engine: from a validated ruleset to verdicts, without imports. The limit takes for granted that nobody labels a
unit twice and looks at no other fault of the data; the program settles duplicates, and tells what it met."""

ENGINE = 1.2
SOURCE = {
    "role": "annotations",
    "fields": {name: name for name in ("unit", "annotator", "class", "time")},
    "window": "28d",
}
BOUND = 0.64


def list_rules() -> dict[str, Any]:
    """List the three rules."""
    alpha = {"source": "annotations", "metric": "krippendorff_alpha"}
    return {
        "agreement": {"source": "annotations", "metric": "percent_agreement", "fail": {"below": BOUND}},
        "overall": {**alpha, "fail": {"below": BOUND}},
        "by-class": {**alpha, "by": ["class"], "fail": {"below": BOUND}},
    }


def write_ruleset() -> str:
    """Write the ruleset, with a cause and an action as every ruleset has them."""
    read = [{"rule": name, "anywhere": True} for name in ("agreement", "overall")]
    cause = {"kind": "ambiguous_labels", "by": ["class"], "when": {"any": ["by-class"]}, "against": read}
    return json.dumps({
        "apiVersion": "prism-rules/v1", "kind": "Ruleset",
        "metadata": {"name": "benchmark", "version": "1.0.0", "owners": ["@org/reliability"]},
        "sources": {"annotations": SOURCE}, "defaults": {"min_n": 1}, "rules": list_rules(),
        "causes": {"unclear": cause},
        "actions": {"look": {"kind": "review", "for": ["unclear"], "by": ["class"], "due": "7d", "title": "Look"}},
    })  # fmt: skip


def list_bounds() -> dict[str, float]:
    """List the bounds as the limit is told them."""
    return dict.fromkeys(["agreement", "overall", *(f"by-class|{name}" for name in CLASSES)], BOUND)


def list_races(full: bool) -> Iterator[Race]:
    """List the tables, by labels."""
    for rows in [3 * MILLION, 30 * MILLION] if full else [3 * MILLION]:
        yield make_race(rows)


def make_race(rows: int) -> Race:
    """Make one table: the limit, the stages, and the command."""
    data, command = name_data(rows, "annotations")
    ruleset = write_text("w3.yaml", write_ruleset())
    bounds = write_text("w3.json", json.dumps(list_bounds()))
    told = SCRATCH / "w3-numbers.json"
    read = partial(read_numbers, told)
    out = SCRATCH / "plan"
    return Race(
        f"52 statistics of {rows // MILLION} M labels",
        (
            Case("limit: hand-written SQL, without a look at duplicates", name_module("limits.w3", data, bounds),
                 asked=("--numbers", str(told)), read=read),
            Case("**prism-rules**, its stages", name_module("program", ruleset, AS_OF, f"annotations={data}"),
                 Goal(engine=ENGINE), asked=("--numbers", str(told)), read=read),
            Case("**prism-rules plan**", write_plan(ruleset, data, out, "annotations"), fresh=out),
            *([Case("nltk", name_script("nltk", "w3.py", data), peer="nltk", note="alpha over all classes alone")]
              if rows == 3 * MILLION else []),
        ),
        ((data, command),),
    )  # fmt: skip
