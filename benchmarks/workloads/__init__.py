"""Workloads: one file each. `list_races(full)` lists its tables, and `TITLE` and `ABOUT` head them in the report."""

from __future__ import annotations

from types import ModuleType

from benchmarks.workloads import w1, w2, w3, w4, w5

WORKLOADS: dict[str, ModuleType] = {"w1": w1, "w2": w2, "w3": w3, "w4": w4, "w5": w5}
