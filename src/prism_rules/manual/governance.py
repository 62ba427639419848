"""Governance in sentences: cadence, turnaround, budget, sampling, escalation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from prism_rules.manual.paragraphs import Paragraph, list_all, list_items
from prism_rules.manual.phrases import say_span
from prism_rules.manual.voice import STATUSES, Voice
from prism_rules.model.ruleset import Escalation, QaSampling, Ruleset
from prism_rules.ruleset.turnaround import NAME
from prism_rules.wording import format_exact, join_all


def tell_governance(model: Ruleset, voice: Voice) -> Iterator[Paragraph]:
    """Tell how the ruleset is kept."""
    governance = model.governance
    if governance is None:
        return
    cadence = governance.cadence
    if cadence and cadence.evaluate:
        yield Paragraph("Evaluated", f"Every {say_span(cadence.evaluate)}.")
    if cadence and cadence.full_review:
        yield Paragraph("Reviewed", f"In full every {say_span(cadence.full_review)}.")
    business = governance.days == "business"
    if business:
        off = f", without {join_all(sorted({*governance.holidays}))}" if governance.holidays else ""
        yield Paragraph("Days", f"What is due counts Mondays to Fridays{off}.")
    if governance.turnaround:
        rule = f"; {voice.refer('rule', NAME)} asks for it" if NAME in model.rules else ""
        yield Paragraph(
            "Turnaround", f"A signal is in a queue within {_say_days(governance.turnaround, business)}{rule}."
        )
    if governance.review_budget:
        yield Paragraph("Review budget", f"{say_span(governance.review_budget)} for each evaluation.")
    if governance.annotators:
        named = "by name" if governance.annotators == "named" else "under pseudonyms"
        yield Paragraph("Annotators", f"Told apart {named}.")
    if governance.qa_sampling:
        rule = voice.refer("rule", governance.qa_sampling.rule)
        text = f"How much of the finished labels is checked follows the value of {rule}:"
        if governance.qa_sampling.effort:
            text = f"{text.removesuffix(':')}, {say_span(governance.qa_sampling.effort)} for each:"
        yield Paragraph("Sampling", text, list_items(_list_rates(governance.qa_sampling)))
    if governance.escalation:
        yield list_all("Escalation", (_say_step(step, voice, business) for step in governance.escalation))


def _list_rates(sampling: QaSampling) -> Iterator[str]:
    for rate in sampling.rates:
        if rate.otherwise is not None:
            yield f"{rate.otherwise * 100:g}% below that, and where it is not known"
        elif rate.rate is not None and rate.at_least is not None:
            yield f"{rate.rate * 100:g}% from {format_exact(rate.at_least)} on"


def _say_days(length: timedelta, business: bool) -> str:
    return say_span(length).replace(" day", " business day") if business else say_span(length)


def _say_step(step: Escalation, voice: Voice, business: bool) -> str:
    when = step.when
    asked = [f"it is overdue by {_say_days(when.overdue, business)}"] if when.overdue else []
    asked += [f"a finding behind it {STATUSES[when.status]}"] if when.status else []
    asked += [f"the risk is {join_all(when.risk, 'or')}"] if when.risk else []
    asked += [f"it is about {join_all(map(voice.name, when.class_), 'or')}"] if when.class_ else []
    return f"an action is told to {voice.name(step.to)}{f' when {join_all(asked)}' if asked else ''}"
