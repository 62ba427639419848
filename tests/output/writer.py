"""Write one of two folders after the other, for ever: what the tests kill. Arguments: the folder to write."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from prism_rules.output import digest_bytes, write_folder


def make_files(version: str) -> dict[str, bytes]:
    """A folder of some files, all of one version, with its index."""
    files = {f"queues/{i}.csv": f"{version} {i}\n".encode() * 5_000 for i in range(4)}
    files["report.md"] = f"# {version}\n".encode()
    listed = [{"path": name, "sha256": digest_bytes(data)} for name, data in sorted(files.items())]
    index = {"apiVersion": "prism-rules/v1", "kind": "Plan", "version": version, "files": listed}
    return {**files, "plan.json": json.dumps(index).encode()}


def describe(folder: Path) -> str:
    """The version of a folder that is whole; what is wrong with it otherwise."""
    index = json.loads((folder / "plan.json").read_bytes())
    for entry in index["files"]:
        data = (folder / entry["path"]).read_bytes()
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            return f"{entry['path']} is not whole"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    listed = {entry["path"] for entry in index["files"]} | {"plan.json"}
    return str(index["version"]) if there == listed else f"holds {there ^ listed}"


if __name__ == "__main__":
    out = Path(sys.argv[1])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        for version in ("one", "two"):
            write_folder(out, make_files(version))
