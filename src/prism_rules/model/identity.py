"""Identity: ids that stay the same as long as the entry and its scope do. Values never enter an id."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal

MOST = 60
"""Characters of a slug."""
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def write_canonical(value: Any) -> bytes:
    """Write JSON in its one form: sorted keys, ASCII, no spaces. NaN and infinity raise ValueError."""
    return _ENCODER.encode(value).encode()


def make_id(
    kind: Literal["finding", "diagnosis", "action", "sample"], ruleset: str, entry: str, scope: Mapping[str, str]
) -> str:
    """Make an id: a slug for people and 12 hex digits of SHA-256 over [kind, ruleset, entry, scope]."""
    digest = hashlib.sha256(write_canonical([kind, ruleset, entry, dict(scope)])).hexdigest()[:12]
    return f"{make_slug('-'.join([entry, *(scope[dimension] for dimension in sorted(scope))]))}-{digest}"


def make_slug(words: str) -> str:
    """Make a name of lower-case ASCII letters, digits and hyphens, at most `MOST`; empty where nothing is left."""
    if not words.isascii():
        # Letters lose their marks, and a mark alone parts no word: "São Paulo" is "sao-paulo".
        words = "".join(char for char in unicodedata.normalize("NFKD", words) if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:MOST].strip("-")
