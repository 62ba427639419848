"""Benchmarks: the program beside hand-written limits and beside other tools, on the same files, in one run."""

from __future__ import annotations
