"""What every test shares: property tests that repeat exactly and do not race a loaded machine's clock."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")
