"""What is told of a ruleset without data: its effective bounds, its map, its manual, and each entry in words."""

from __future__ import annotations
