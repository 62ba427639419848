"""The map of a ruleset and the chain of causes are ones that Mermaid itself can read, whatever the ruleset says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from prism_rules.manual.graph import draw_ruleset
from prism_rules.render.markdown.causes import draw_chain
from prism_rules.ruleset import load_ruleset
from tests.manual.hostile import TEXTS, load_hostile
from tests.render.plans import make_big_plan, make_glare_plan, make_hostile_plan

GLARE = Path(__file__).parents[2] / "examples/glare/surface-inspection.yaml"
# Labels are cleaned by a library that wants a document to clean them in.
SCRIPT = """
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";
const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
for (const path of process.argv.slice(2)) {
  const { diagramType } = await mermaid.parse(readFileSync(path, "utf8"));
  if (diagramType !== "flowchart-v2") throw new Error(diagramType);
}
"""


def read_maps(folder: Path, *texts: str) -> subprocess.CompletedProcess[str]:
    (folder / "read.mjs").write_text(SCRIPT, "utf-8")
    paths = [folder / f"map-{number}.mmd" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, "utf-8")
    return subprocess.run(
        ["node", "read.mjs", *map(str, paths)], cwd=folder, capture_output=True, text=True, check=False
    )


def test_mermaid_reads_the_map(mermaid_folder: Path, tmp_path: Path) -> None:
    maps = [draw_ruleset(load_ruleset(GLARE)), *(draw_ruleset(load_hostile(tmp_path, text)) for text in TEXTS)]
    done = read_maps(mermaid_folder, *maps)
    assert done.returncode == 0, done.stderr


def test_mermaid_reads_the_chain_of_causes(mermaid_folder: Path) -> None:
    pictures = [draw_chain(make()) for make in (make_glare_plan, make_big_plan, make_hostile_plan)]
    chains = [re.findall("^```mermaid\n(.*?)^```", picture, re.DOTALL | re.MULTILINE) for picture in pictures]
    assert [len(chain) for chain in chains] == [1, 1, 1]
    done = read_maps(mermaid_folder, *(chain[0] for chain in chains))
    assert done.returncode == 0, done.stderr


def test_mermaid_would_not_read_a_broken_map(mermaid_folder: Path) -> None:
    assert read_maps(mermaid_folder, 'flowchart LR\n  a["x"] --> ["\n').returncode != 0
