"""Starter projects: the files of a project that passes check and test and plans at once, for a user to change."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Literal

Hosting = Literal["github", "gitlab", "none"]

RULESET = "rulesets/reliability.yaml"
_TEST = "rulesets/reliability.test.yaml"
_WORKFLOWS: Mapping[Hosting, str] = {"github": ".github/workflows/prism-rules.yml", "gitlab": ".gitlab-ci.yml"}
_HOOKS = ".pre-commit-config.yaml"
SHARED = (_HOOKS, *_WORKFLOWS.values())
"""Files that a repository may have for other reasons as well."""


def list_sources(pack: str | None) -> tuple[str, ...]:
    """List the sources that a starter project has data of: with a pack, one of every role."""
    two = ("predictions", "annotations")
    return two if pack is None else (*two, "training", "validation", "feedback")


def write_texts(name: str, version: str, pack: str | None, hosting: Hosting) -> dict[str, bytes]:
    """Write the files that people read and edit: path in the project -> bytes.

    `name` is the ruleset's id, `version` that of the program, `pack` such as ``prism-core@^1`` or None.
    """
    own = "extending" if pack else "standalone"
    texts = {
        RULESET: f"{own}.yaml",
        _TEST: f"{own}.test.yaml",
        "prism.yaml": "prism.yaml",
        _HOOKS: "hooks.yaml",
    } | ({_WORKFLOWS[hosting]: f"{hosting}.yaml"} if hosting != "none" else {})
    data = "".join(f"\n  {source}: data/{source}.parquet" for source in list_sources(pack))
    words = {"NAME": name, "VERSION": version, "PACK": pack or "", "DATA": data}
    return {path: _fill(file, words).encode() for path, file in texts.items()}


def _fill(file: str, words: Mapping[str, str]) -> str:
    text = files(__package__).joinpath("files", file).read_text("utf-8")
    for word, said in words.items():
        text = text.replace(f"@{word}@", said)
    return text
