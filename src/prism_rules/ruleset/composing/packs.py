"""The rulesets that ship with the program, and which versions of them a pin lets in."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from prism_rules.files import find_packaged
from prism_rules.source import Source, parse

_PIN = re.compile(r"(?P<kind>[\^~]?)(?P<numbers>\d{1,9}(?:\.\d{1,9}){0,2})(?P<rest>-[0-9A-Za-z.-]+)?")


def find_packs() -> dict[str, Path]:
    """Find every pack that ships: name -> its ruleset."""
    folder = find_packaged("rulesets")
    places = sorted(folder.iterdir()) if folder.is_dir() else []
    return {place.name: place / "ruleset.yaml" for place in places if (place / "ruleset.yaml").is_file()}


def read_pack(name: str, path: Path) -> tuple[Source, str]:
    """Read a pack: what it says, and its version. Raises `Refused` where it is broken."""
    # Installers link files of a package to one copy on disk, which a ruleset of a project may not be.
    source = parse(path.read_bytes(), f"{name}/ruleset.yaml")
    version = str(source.data.get("metadata", {}).get("version"))
    return replace(source, name=f"{name}@{version}/ruleset.yaml"), version


def lets_in(pin: str, version: str) -> bool | None:
    """Whether a pin (`1.2.0`, `~1.2`, `^1`) lets a version in; None where it is no pin.

    `~` keeps what is written of major and minor version; `^` keeps the first number that is not 0.
    """
    found = _PIN.fullmatch(pin)
    if found is None:
        return None
    least = [int(number) for number in found["numbers"].split(".")]
    if not found["kind"]:
        return pin == version if len(least) == 3 else None
    if found["rest"] or "-" in version:
        return False  # what comes before a release is only meant by its full name
    there = [int(number) for number in version.split(".")]
    written = len(least)
    least += [0] * (3 - written)
    if found["kind"] == "~":
        kept = min(written, 2)
    else:
        kept = next((index + 1 for index, number in enumerate(least[:written]) if number), written)
    return there[:kept] == least[:kept] and there >= least


def suggest_pin(name: str, version: str) -> str:
    """Write the pin that stays with what is there now, and takes what is compatible with it."""
    major, minor, *_ = version.split(".")
    return f"{name}@^{major}" if major != "0" else f"{name}@^0.{minor}"
