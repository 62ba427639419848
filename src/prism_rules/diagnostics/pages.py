"""The pages of `codes/`: what each diagnostic code means, an example, and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def read_page(code: str) -> str:
    """Return the Markdown page of `code`. Raises `KeyError` for a code that has none."""
    if code not in all_codes():
        raise KeyError(code)
    return _open_folder().joinpath(f"{code}.md").read_text("utf-8")


def all_codes() -> list[str]:
    """Return every code that has a page, sorted."""
    pages = _open_folder().iterdir()
    return sorted(page.name.removesuffix(".md") for page in pages if page.name.endswith(".md"))


def _open_folder() -> Traversable:
    from importlib.resources import files

    return files("prism_rules.diagnostics").joinpath("codes")
