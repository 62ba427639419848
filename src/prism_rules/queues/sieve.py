"""Sieve: the cheap key by which, of very many rows, a few are let through before SHA-256 orders them.

A row id has a word of 124 bits, the word is hashed to one number modulo a prime, and a polynomial of degree two with
coefficients out of SHA-256(action id | seed) makes the key of it: any three ids get keys that are independent of each
other. It is whole-number arithmetic that every machine and database does alike. Equal ids have equal keys.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prism_rules.engines.quoting import quote_name
from prism_rules.queues.requests import Request, read_weights
from prism_rules.queues.shares import share_out

PRIME = LAST = 2**31 - 1
"""The prime is also the mask of 31 bits, and the greatest key."""

SPACE = LAST + 1

MANY = 100_000
"""Up to so many eligible rows SHA-256 alone decides."""
FEW = 10_000
"""So many rows, about, are let through out of more."""
REACH = 4
"""At least so many rows, about, are let through for each that a stratum gives."""
SPARE = 40
"""And so many more, so that none ever runs short: that less than a quarter comes has a chance below 1e-15."""
WIDEST = 4
"""So many times the common bound is raised, at most, for strata that need it; those that need more are read twice."""

NUMBER = "+number"
"""The column of a view that has the row ids as whole numbers, where the data has them so."""

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,18}")
_LOW, _SHORT = 2**62 - 1, 15
_ROUNDS = ((15, 1540483477), (13, 1181783497), (16, 739982445))
"""Odd factors below 2^31: every round is a bijection on 31 bits."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """What is let through: the ids of a stratum whose key lies below its bound."""

    eligible: Mapping[str, int]
    """Rows, or ids where they were counted, by stratum."""
    common: int
    rare: Mapping[str, int] = field(default_factory=dict)
    """Bounds of strata that the common one would leave with too few."""


def choose_sieve(request: Request, eligible: Mapping[str, int]) -> Sieve | None:
    """Choose the bounds for a queue; None where all that is eligible is to be ordered by SHA-256."""
    total, wanted = sum(eligible.values()), max(FEW, REACH * request.queue.size)
    if total <= MANY or wanted >= total:
        return None
    shares = share_out(request.queue.size, read_weights(request.queue)[1], eligible)
    bounds = {
        name: min(SPACE, SPACE * (REACH * share + SPARE) // eligible[name]) for name, share in shares.items() if share
    }
    least = SPACE * wanted // total
    common = max(least, *(bound for bound in bounds.values() if bound <= WIDEST * least), 0)
    return Sieve(eligible, common, {name: bound for name, bound in bounds.items() if bound > common})


def list_coefficients(action: str, seed: int) -> list[int]:
    """List the coefficients of a queue's keys: one of 29 bits for each lane of a word, then a residue of the prime."""
    digest = hashlib.sha256(f"{action}|{seed}".encode()).digest()
    lanes = [int.from_bytes(digest[at : at + 4], "big") >> 3 for at in range(0, 16, 4)]
    return [*lanes, int.from_bytes(digest[16:24], "big") % PRIME]


def compute_word(row: str) -> int:
    """Compute the word of a row id, below 2^124.

    A whole number of 64 bits is itself, modulo 2^64; other texts of up to 15 bytes are their bytes as one number, and
    longer ones their MD5.
    """
    if _WHOLE.fullmatch(row) and -(2**63) <= (number := int(row)) < 2**63:
        return number % 2**64
    text = row.encode()
    if 0 < len(text) <= _SHORT:
        return int.from_bytes(text)
    return int.from_bytes(hashlib.md5(text, usedforsecurity=False).digest(), "little") % 2**124


def compute_cheap_key(coefficients: list[int], row: str) -> int:
    """Compute the cheap key of a row id, below 2^31."""
    *factors, key = coefficients
    word = compute_word(row)
    key = (key + sum((word >> 31 * lane & LAST) * factor for lane, factor in enumerate(factors))) % PRIME
    for shift, factor in _ROUNDS:
        key = (key ^ key >> shift) * factor & LAST
    return key


def write_keyed(select: str, identity: str, coefficients: list[int], *, numbered: bool) -> str:
    """Write a SELECT over another that adds `+key`, the cheap key of each row.

    Every step stands in a SELECT of its own: the database would compute a term that is used twice two times.
    """
    a, b, c, d, e = coefficients
    if numbered:
        name = quote_name(NUMBER)
        keyed = select
        key = f"({name} & {LAST}) * {a} + ({name} >> 31 & {LAST}) * {b} + ({name} >> 62 & 3) * {c}"
    else:
        keyed = f'SELECT *, {_write_word(identity)} AS "+word" FROM ({select})'
        keyed = (
            f'SELECT *, CAST("+word" & {_LOW}::UHUGEINT AS BIGINT) AS "+low", CAST("+word" >> 62 AS BIGINT) AS "+high" '
            f"FROM ({keyed})"
        )
        key = f'("+low" & {LAST}) * {a} + ("+low" >> 31) * {b} + ("+high" & {LAST}) * {c} + ("+high" >> 31) * {d}'
    keyed = f'SELECT *, ({key} + {e}) % {PRIME} AS "+key" FROM ({keyed})'
    for shift, factor in _ROUNDS:
        mixed = f'xor("+key", "+key" >> {shift}) * {factor} & {LAST}'
        keyed = f'SELECT * REPLACE ({mixed} AS "+key") FROM ({keyed})'
    return keyed


def _write_word(identity: str) -> str:
    # Short texts that begin below ":" are the only ones that can be numbers.
    number = f"TRY_CAST({identity} AS BIGINT)"
    return (
        f"CASE WHEN strlen({identity}) <= 20 AND {identity} < ':' AND CAST({number} AS VARCHAR) = {identity} "
        f"THEN CAST(CAST({number} AS HUGEINT) & {2**64 - 1}::HUGEINT AS UHUGEINT) "
        f"WHEN strlen({identity}) BETWEEN 1 AND {_SHORT} THEN CAST(CAST(encode({identity}) AS BIT) AS UHUGEINT) "
        f"ELSE md5_number({identity}) & {2**124 - 1}::UHUGEINT END"
    )


def is_let_through(sieve: Sieve, coefficients: list[int], stratum: str, row: str) -> bool:
    """Whether a row of a stratum is let through."""
    return compute_cheap_key(coefficients, row) < sieve.rare.get(stratum, sieve.common)


def list_numbers(rows: Iterable[str]) -> list[str]:
    """List the row ids that are whole numbers of 64 bits."""
    return [row for row in rows if _WHOLE.fullmatch(row) and -(2**63) <= int(row) < 2**63]
