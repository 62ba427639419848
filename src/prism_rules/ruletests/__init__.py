"""Rule tests: a ruleset run over rows that an author gives, beside what the author expects of them."""

from __future__ import annotations
