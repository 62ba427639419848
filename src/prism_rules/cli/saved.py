"""Plans that were saved, as commands read them."""

from __future__ import annotations

from prism_rules.render.saved import read_saved

__all__ = ["read_saved"]
