"""The one form of an entry in bytes: sorted keys, ASCII, compact, no floats, one newline at the end."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn

from pydantic import ValidationError

from prism_rules.model.ledger import Entry

MAX_BYTES = 64 * 2**20
"""Of one entry, which is room for over a million findings: a ledger may come from a fork."""


def encode_entry(entry: Entry) -> bytes:
    """The entry's canonical bytes, whose hash is its name."""
    return _encode(entry.model_dump(mode="json", exclude_none=True))


def hash_bytes(data: bytes) -> str:
    """SHA-256 in hex, which is an entry's name."""
    return hashlib.sha256(data).hexdigest()


def decode_entry(data: bytes) -> Entry:
    """The entry that `data` spells canonically. Raises `ValueError` with a short reason."""
    try:
        plain = json.loads(data, parse_float=_refuse_number, parse_constant=_refuse_number)
        canonical = _encode(plain)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON of ours ({error})") from error
    if isinstance(plain, dict) and plain.get("apiVersion") != "prism-rules/v1":
        raise ValueError("its apiVersion is not `prism-rules/v1`, so another version of prism-rules wrote it")
    # Compared as plain data: an entry written before a field existed stays canonical.
    if canonical != data:
        raise ValueError("it is not in canonical form, which prism-rules always writes")
    try:
        return Entry.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc'])) or 'the entry'}: {first['msg']}") from error


def _encode(plain: Any) -> bytes:
    text = json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + b"\n"


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"the number {text[:20]} is not an integer")
