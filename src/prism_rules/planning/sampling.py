"""Sampling: how much of the finished labels of each class is checked again, by what a rule measured of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prism_rules.evaluation import Evaluation
from prism_rules.model.identity import make_id
from prism_rules.model.plan import UNEVALUATED, Finding, QaRate
from prism_rules.model.ruleset import Queue, Rate, Rule, Ruleset
from prism_rules.planning.changes import read_status
from prism_rules.planning.drawing import write_queue_entry
from prism_rules.queues import Drawn, Place, Request, count_share

MOST = 2_000
"""Rows of one sample: of two thousand labels a share is known to about two points, and nobody checks them all."""


@dataclass(frozen=True, slots=True)
class Sample:
    """How much of a class is checked again."""

    request: Request
    """Asks for the share of the rate, which may be 0."""
    class_name: str
    rate: float
    because: float | None
    finding: str | None

    @property
    def id(self) -> str:
        """The id of its queue."""
        return self.request.action


def list_samples(model: Ruleset, evaluation: Evaluation) -> list[Sample]:
    """List a sample for every class that is declared or that the rule has a finding of; none where it was not measured.

    What is waived counts with its value. Where there is no verdict, the `otherwise` rate holds.
    """
    sampling = model.governance and model.governance.qa_sampling
    if not sampling or sampling.rule not in evaluation.measured:
        return []
    rule = model.rules[sampling.rule]
    queue = Queue.model_validate({"from": rule.source, "size": MOST, "effort": sampling.effort})
    found = {finding.scope["class"]: finding for finding in evaluation.findings if finding.rule == sampling.rule}
    names = dict.fromkeys([*model.classes, *sorted(found)])
    return [_choose(model, queue, rule, sampling.rule, sampling.rates, name, found.get(name)) for name in names]


def _choose(
    model: Ruleset, queue: Queue, rule: Rule, rule_id: str, rates: Sequence[Rate], name: str, finding: Finding | None
) -> Sample:
    value = finding.value if finding and read_status(finding) not in UNEVALUATED else None
    scope = {"class": name}
    rate = next(_list_reached(rates, value))
    request = Request(
        make_id("sample", model.metadata.name, "qa", scope), ("rules", rule_id, "where"), queue,
        (Place(scope, "qa sampling"),), window=rule.window, rate=rate,
    )  # fmt: skip
    return Sample(request, name, rate, value, finding.id if finding else None)


def _list_reached(rates: Sequence[Rate], value: float | None) -> Iterator[float]:
    for entry in rates:
        if entry.otherwise is not None:
            yield entry.otherwise
        elif value is not None and entry.at_least is not None and value >= entry.at_least:
            yield entry.rate or 0.0


def write_rate(sample: Sample, drawn: Drawn) -> QaRate:
    """Write what is checked of a class; the queue's size is what the rate asks for, its rows what is drawn of it."""
    asked = count_share(sample.rate, drawn.eligible)
    entry = write_queue_entry(sample.id, sample.request.queue, drawn, size=asked)
    told = {"class": sample.class_name, "rate": sample.rate, "because": sample.because, "finding": sample.finding}
    return QaRate.model_validate({**told, "queue": entry})
