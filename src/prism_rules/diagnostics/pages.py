"""The pages of `codes/`: what each diagnostic code means, an example, and how to mend it."""

from __future__ import annotations

from importlib.resources import files


def read_page(code: str) -> str:
    """Return the Markdown page of `code`. Raises `KeyError` for a code that has none."""
    if code not in all_codes():
        raise KeyError(code)
    return files("prism_rules.diagnostics").joinpath("codes", f"{code}.md").read_text("utf-8")


def all_codes() -> list[str]:
    """Return every code that has a page, sorted."""
    pages = files("prism_rules.diagnostics").joinpath("codes").iterdir()
    return sorted(page.name.removesuffix(".md") for page in pages if page.name.endswith(".md"))
