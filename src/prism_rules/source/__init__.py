"""Reading a YAML file into plain data, with the place of every node kept.

The language is YAML 1.2 without its traps: what two readers could take for two things is refused at its place, with
what to write instead. Reading is bounded (size, depth, number of values, length of a text), so that a hostile file
costs little.
"""

from __future__ import annotations

from prism_rules.source.files import Read, read_source, read_text, suggest_file, write_source
from prism_rules.source.places import Document, Place, Source, find_label, locate
from prism_rules.source.reading import parse

__all__ = [
    "Document",
    "Place",
    "Read",
    "Source",
    "find_label",
    "locate",
    "parse",
    "read_source",
    "read_text",
    "suggest_file",
    "write_source",
]
