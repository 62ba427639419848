"""Trouble that no file can hold: each makes it in a case's folder, or in what the program runs on."""

from __future__ import annotations
