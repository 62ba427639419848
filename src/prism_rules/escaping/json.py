"""The encoder of JSON that is written in ASCII: its values are unaltered, but for what no reader of JSON takes."""

from __future__ import annotations

import re

_ESCAPES = re.compile(r"\\(?:u(?:d[89ab]..\\ud[c-f]..|(?P<half>d[89a-f]..))|.)")


def defuse_json(text: str) -> str:
    r"""Show halves of characters, as file names may have them, as `\ud800`; and hide `##[`, which runners obey."""
    if r"\ud" in text:
        text = _ESCAPES.sub(lambda found: rf"\\u{found['half']}" if found["half"] else found[0], text)
    return re.sub(r"##(?=[a-z]*\[)", r"#\\u0023", text, flags=re.IGNORECASE)
