"""Peers: other tools, each with pinned versions in an environment of its own, made where it is missing."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from functools import cache
from pathlib import Path

from benchmarks.cases import BUILD

FOLDER = Path(__file__).parent / "peers"


def list_peers() -> list[str]:
    """List the peers by name."""
    return sorted(path.parent.name for path in FOLDER.glob("*/requirements.txt"))


def find_python(peer: str) -> str:
    """Find a peer's interpreter."""
    return str(BUILD / "peers" / peer / "bin" / "python")


def name_script(peer: str, script: str, *arguments: str | Path) -> tuple[str, ...]:
    """Name the command that runs a peer's script."""
    return (find_python(peer), str(FOLDER / peer / script), *map(str, arguments))


@cache
def install_peer(peer: str) -> str | None:
    """Install a peer unless its pins are installed already. Returns why it could not be had."""
    requirements = FOLDER / peer / "requirements.txt"
    folder = BUILD / "peers" / peer
    stamp = folder / hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    if stamp.exists():
        return None
    commands = (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [find_python(peer), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(requirements)],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            return f"could not be installed: {last[0][:200]}"
    stamp.touch()
    return None
