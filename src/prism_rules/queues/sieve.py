"""Sieve: the cheap key by which, of very many rows, a few are let through before SHA-256 orders them.

The word of a row id is taken modulo a prime of the queue's own, and a line modulo another prime makes its *first*
number of it, so that those of any two ids are independent of each other. Three rounds that mix its bits make the key
of it. It is whole-number arithmetic that every machine and database does alike. Equal ids have equal keys.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from math import isqrt
from typing import TYPE_CHECKING

from prism_rules.program.views import write_word_branches
from prism_rules.queues.requests import Request, read_weights
from prism_rules.queues.shares import share_out

if TYPE_CHECKING:
    import polars as pl

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
"""And so many more, so that few run short."""
RAISE = 16
"""So many times the bounds are raised where one does."""
WIDEST = 4
"""So many times the common bound is raised, at most, for strata that need it; those that need more are read twice."""
GUESS = 3
"""So many times FEW are read while rows are counted; where more are needed, the data is read once more."""

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,18}")
_LOW = 2**62 - 1
_ROUNDS = ((15, 1540483477), (13, 1181783497), (16, 739982445))
"""Odd factors below 2^31: every round is a bijection on 31 bits."""
_PART = 4
"""The rounds leave one in so many; of these alone the first number decides."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """What is let through: the ids of a stratum whose key lies below its bound."""

    eligible: Mapping[str, int]
    """Rows, or ids where they were counted, by stratum."""
    common: int
    rare: Mapping[str, int] = field(default_factory=dict)
    """Bounds of strata that the common one would leave with too few."""

    @property
    def widest(self) -> int:
        """The greatest of all bounds."""
        return max(self.common, *self.rare.values(), 0)


def choose_sieve(request: Request, eligible: Mapping[str, int]) -> Sieve | None:
    """Choose the bounds for a queue; None where all that is eligible is to be ordered by SHA-256."""
    total = sum(eligible.values())
    size = request.count_wanted(total)
    wanted = max(FEW, REACH * size)
    if total <= MANY or wanted >= total:
        return None
    shares = share_out(size, read_weights(request.queue)[1], eligible)
    bounds = {
        name: min(SPACE, SPACE * (REACH * share + SPARE) // eligible[name]) for name, share in shares.items() if share
    }
    least = SPACE * wanted // total
    common = max(least, *(bound for bound in bounds.values() if bound <= WIDEST * least), 0)
    return Sieve(eligible, common, {name: bound for name, bound in bounds.items() if bound > common})


def raise_bounds(sieve: Sieve) -> Sieve | None:
    """Raise the bounds of a sieve that gave a stratum too few; None where nearly all would pass."""
    if sieve.common * RAISE >= SPACE:
        return None
    rare = {name: min(SPACE, bound * RAISE) for name, bound in sieve.rare.items()}
    return Sieve(sieve.eligible, sieve.common * RAISE, rare)


def guess_bound(request: Request, rows: int) -> int:
    """Guess a bound that is no lower than the one to be chosen when most rows of a source are eligible."""
    return min(SPACE, SPACE * max(GUESS * FEW, REACH * request.count_wanted(rows)) // rows)


def sift(table: pl.DataFrame, sieve: Sieve) -> tuple[pl.DataFrame, bool]:
    """Give the rows of a sample that a sieve lets through, and whether any of their ids stands on other rows too."""
    bounds = table["stratum"].replace_strict(sieve.rare, default=sieve.common) if sieve.rare else sieve.common
    passed = table.filter(table["key"] < bounds)
    repeated = table["row_id"].filter(table["row_id"].is_duplicated())
    return passed, bool(passed["row_id"].is_in(repeated.implode()).any())


@dataclass(frozen=True, slots=True)
class Line:
    """What makes the first number of a queue's row ids."""

    modulus: int
    """A prime of 30 bits."""
    low: int
    high: int
    residue: int


def choose_line(action: str, seed: int) -> Line:
    """Choose the line of a queue, by SHA-256 over `action|seed`."""
    digest = hashlib.sha256(f"{action}|{seed}".encode()).digest()
    modulus = next(n for n in count(2**29 + (int.from_bytes(digest[:4]) >> 3)) if _is_prime(n))
    low, high, residue = (int.from_bytes(digest[at : at + 8]) % PRIME for at in (4, 12, 20))
    return Line(modulus, low, high, residue)


def _is_prime(number: int) -> bool:
    return all(number % divisor for divisor in range(2, isqrt(number) + 1))


def write_first(select: str, identity: str, line: Line, *, numbered: bool) -> str:
    """Write a SELECT over another that adds `+first`, the first number of each row.

    Every step stands in a SELECT of its own: the database would compute a term that is used twice two times.
    """
    modulus, a, b = line.modulus, line.low, line.high
    # The remainder of a negative number is negative; what is divided by the prime must not be.
    offset = line.residue + -(-modulus * a // PRIME) * PRIME
    if numbered:
        first = f"CAST({identity} AS BIGINT) % {modulus} * {a}::BIGINT"
    else:
        select = f'SELECT *, {_write_word(identity)} AS "+word" FROM ({select})'
        select = (
            f'SELECT *, coalesce(CAST("+word" & {_LOW}::UHUGEINT AS BIGINT), CAST({identity} AS BIGINT)) AS "+low", '
            f'coalesce(CAST("+word" >> 62 AS BIGINT), 0) AS "+high" FROM ({select})'
        )
        first = f'"+low" % {modulus} * {a}::BIGINT + "+high" % {modulus} * {b}::BIGINT'
    return f'SELECT *, ({first} + {offset}) % {PRIME} AS "+first" FROM ({select})'


def _write_word(identity: str) -> str:
    """Write the word of a text, null of a whole number of 64 bits."""
    # Short texts that begin below ":" are the only ones that can be numbers.
    return (
        f"CASE WHEN strlen({identity}) <= 20 AND {identity} < ':' "
        f"AND CAST(TRY_CAST({identity} AS BIGINT) AS VARCHAR) = {identity} THEN NULL "
        f"{write_word_branches(identity)} END"
    )


def write_key(select: str) -> str:
    """Write a SELECT over another that adds `+key`, the cheap key, to `+first`."""
    select = f'SELECT *, "+first" AS "+mixed" FROM ({select})'
    for shift, factor in _ROUNDS:
        mixed = f'xor("+mixed", "+mixed" >> {shift}) * {factor} & {LAST}'
        select = f'SELECT * REPLACE ({mixed} AS "+mixed") FROM ({select})'
    key = f'CASE WHEN "+mixed" < {SPACE // _PART} THEN "+first" // {_PART} ELSE "+mixed" END'
    return f'SELECT *, {key} AS "+key" FROM ({select})'


def write_first_bound(bound: int) -> str:
    """Write the condition on `+first` that all keys below a bound meet, and few others as long as it is low."""
    return f'"+first" < {bound * _PART}' if bound <= SPACE // _PART else "true"


def list_numbers(rows: Iterable[str]) -> list[str]:
    """List the row ids that are whole numbers of 64 bits."""
    return [row for row in rows if _WHOLE.fullmatch(row) and -(2**63) <= int(row) < 2**63]
