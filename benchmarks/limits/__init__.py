"""Limits: what somebody who knows the database writes by hand for the same numbers. Nothing of the program is used."""

from __future__ import annotations
