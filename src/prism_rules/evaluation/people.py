"""People: the pseudonyms under which a plan tells annotators apart."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import TYPE_CHECKING

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.model.plan import Annotators, PeopleKind
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import NONE
from prism_rules.program.scans import MOST_GROUPS
from prism_rules.ruleset.people import KEY, is_named, tells_apart

if TYPE_CHECKING:
    import polars as pl

LEAST_KEY = 16
"""Characters of a key: a shorter one can be found by trying."""
DIGITS = 12
"""Hex digits of a pseudonym and of a fingerprint: among 100,000 people two are alike once in 50,000 cases."""


@dataclass(frozen=True, slots=True)
class People:
    """How annotators are told apart. The key is shown nowhere, and known to this module alone."""

    kind: PeopleKind = "letters"
    key: bytes = field(default=b"", repr=False)

    def name(self, codes: Iterable[str]) -> dict[str, str]:
        """Name people by their codes: A to Z, then AA, in the order of the codes; with a key, `person-` and the
        beginning of the code's HMAC, of which those that begin alike keep all of it."""
        known = sorted({*codes} - {NONE})
        if self.kind != "keyed":
            return {code: write_letters(place) for place, code in enumerate(known)}
        whole = {code: self._sign(code) for code in known}
        alike = Counter(one[:DIGITS] for one in whole.values())
        return {code: _write_person(one[:DIGITS] if alike[one[:DIGITS]] == 1 else one) for code, one in whole.items()}

    def describe(self, model: Ruleset, codes: Iterable[str]) -> Annotators | None:
        """Describe how a plan tells annotators apart, if it does: what is equal names the same people alike."""
        if not tells_apart(model):
            return None
        match self.kind:
            case "letters":  # they stay who they are as long as the same people are met
                known = "\n".join(sorted(codes))
                return Annotators(kind="letters", fingerprint=hashlib.sha256(known.encode()).hexdigest()[:DIGITS])
            case "keyed":
                return Annotators(kind="keyed", fingerprint=self._sign("prism-rules")[:DIGITS])
        return Annotators(kind="named")

    def _sign(self, text: str) -> str:
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()


def choose_people(model: Ruleset, key: str | None = None) -> People:
    """Choose how a ruleset's annotators are told apart; an empty key is none.

    Raises `Refused` with exit 2 (`usage`) for a key that is too short.
    """
    given = (key or "").strip()
    if given and len(given) < LEAST_KEY:
        message = f"the key of pseudonyms ({KEY}; in Python, `annotator_key`) is shorter than {LEAST_KEY} characters"
        raise Refused(
            [Diagnostic("usage", message, help="make one with `openssl rand -hex 32`, and keep it secret")], 2
        )
    if is_named(model):
        return People("named")
    return People("keyed", given.encode("utf-8", "surrogateescape")) if given else People()


def read_codes(tables: Mapping[str, pl.DataFrame]) -> set[str]:
    """Read what the engine calls the annotators of a run. Raises `Refused` with exit 6 (`too-many-scopes`)."""
    codes: set[str] = set()
    for query, table in tables.items():
        if query.startswith("people:"):
            if table.height > MOST_GROUPS:
                raise _refuse_people(query.removeprefix("people:"))
            codes.update(table["code"])
    return codes - {NONE}


def write_letters(place: int) -> str:
    """Write a place, counted from 0, as columns of a sheet are named: A, B, ..., Z, AA, AB, ..."""
    letters = ""
    while place >= 0:
        place, last = divmod(place, len(ascii_uppercase))
        letters = ascii_uppercase[last] + letters
        place -= 1
    return letters


def _write_person(digits: str) -> str:
    """Write a pseudonym in fours: a longer row of hex digits would be taken for a commit, and made a link."""
    return "-".join(["person", *(digits[at : at + 4] for at in range(0, len(digits), 4))])


def _refuse_people(source: str) -> Refused:
    message = f"`{source}` has more than {MOST_GROUPS:,} annotators, and rules tell them apart"
    help = "check which column is the annotator, or take `annotator` out of `by`"
    return Refused([Diagnostic("too-many-scopes", message, help=help)], 6)
