"""Shares: how many rows each stratum gives."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction


def share_out(size: int, weights: Mapping[str, float], eligible: Mapping[str, int]) -> dict[str, int]:
    """Share `size` rows over strata by largest remainder, ties by name; what one cannot fill goes to the others."""
    # Weights count as they are written: the binary fraction nearest to 0.1 would break ties that its author sees.
    written = {name: Fraction(str(weight)) for name, weight in weights.items()}
    taken = dict.fromkeys(weights, 0)
    left, names = size, sorted(name for name in weights if eligible.get(name))
    while names:
        total = sum(written[name] for name in names)
        exact = {name: left * written[name] / total for name in names}
        shares = {name: int(exact[name]) for name in names}
        rest = left - sum(shares.values())
        for name in sorted(names, key=lambda name: (shares[name] - exact[name], name))[:rest]:
            shares[name] += 1
        short = [name for name in names if shares[name] > eligible[name]]
        if not short:
            return taken | shares
        taken |= {name: eligible[name] for name in short}
        left -= sum(eligible[name] for name in short)
        names = [name for name in names if name not in short]
    return taken
