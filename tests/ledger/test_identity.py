"""Names of actions, and so of their queues' files."""

from __future__ import annotations

import pytest

from prism_rules.model.identity import make_id


@pytest.mark.parametrize(
    ("site", "slug"), [("São Paulo", "sao-paulo"), ("Zürich 2", "zurich-2"), ("Ａ1", "a1"), ("密", ""), ("a/b", "a-b")]
)
def test_a_name_keeps_its_letters_without_their_marks(site: str, slug: str) -> None:
    words, _, digest = make_id("action", "surface", "review", {"site": site}).rpartition("-")
    assert words == "-".join(filter(None, ["review", slug]))
    assert len(digest) == 12
