"""Routing: what is known at the end of a window of the way that a signal takes to a queue, and of nothing later."""

from __future__ import annotations

from prism_rules.metrics.metric import Ask
from prism_rules.model.moments import count_microseconds


def write_routed(ask: Ask) -> str:
    """Write that a signal was routed before the window's end; null where it never was."""
    return f"epoch_us(routed_at) < {count_microseconds(ask.until)}"


def write_open(ask: Ask) -> str:
    """Write that a signal waits at the window's end: it was not routed, or is going to be later."""
    return f"({write_routed(ask)}) IS NOT TRUE"


def write_waited(ask: Ask) -> str:
    """Write how long a signal waited, in microseconds: until it was routed, else until the window's end.

    Negative where the data says that it was routed before it was raised.
    """
    # `least` passes over null.
    return f'(least(epoch_us(routed_at), {count_microseconds(ask.until)}) - epoch_us("time"))'
