"""Draw a report as a host shows it: report.md -> HTML -> picture. Needs Chromium, and Mermaid's script from npm.

python docs/pictures/make_picture.py REPORT.md PICTURE.png --mermaid node_modules/mermaid/dist/mermaid.min.js
"""

from __future__ import annotations

import argparse
import html
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

WIDTH, HEIGHT = 940, 2_080
"""Pixels. A longer report fades out below."""

STYLE = Path(__file__).with_name("report.css")
# Smaller than a host shows it, so that more of the report is seen.
FADED = f"""
body {{ max-width: none; height: {HEIGHT}px; overflow: hidden; position: relative; padding: 28px 32px;
       font-size: 15px }}
table {{ font-size: .87em }}
body::after {{ content: ""; position: absolute; inset: auto 0 0; height: 130px;
              background: linear-gradient(#fff0, #fff) }}
"""
DRAW = """mermaid.initialize({startOnLoad: true, fontFamily: "sans-serif",
    theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "default"})"""


def write_page(report: str, mermaid: Path | None, style: str = "") -> str:
    """Write the report as a page of HTML, its first fold open; `style` is added to that of report.css."""
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(report)
    chain = r'<pre><code class="language-mermaid">(.*?)</code></pre>'
    body = re.sub(chain, r'<pre class="mermaid">\1</pre>', body, flags=re.S)
    body = re.sub(r"<blockquote>\s*<p>\[!(\w+)\]\n(.*?)</p>\s*</blockquote>", _write_alert, body, flags=re.S)
    body = body.replace("<details>", "<details open>", 1)
    script = ""
    if mermaid is not None:
        script = f'<script src="{html.escape(mermaid.resolve().as_uri())}"></script>'
        script += f"<script>{DRAW}</script>"
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return f"<!doctype html>{head}<style>{STYLE.read_text('utf-8')}{style}</style><body>{body}{script}</body>"


def take_picture(page: str, picture: Path) -> None:
    """Let Chromium draw the page."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        sys.exit("Chromium is needed to draw the picture; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "report.html"
        source.write_text(page, "utf-8")
        subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--hide-scrollbars",
                f"--user-data-dir={folder}/profile",
                "--virtual-time-budget=8000",
                "--force-device-scale-factor=1",
                f"--window-size={WIDTH},{HEIGHT}",
                f"--screenshot={picture.resolve()}",
                source.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
    width, height = struct.unpack(">II", picture.read_bytes()[16:24])
    print(f"{picture}: {width} x {height} pixels, {picture.stat().st_size:,} bytes")  # noqa: T201


def _write_alert(found: re.Match[str]) -> str:
    kind = found[1].lower()
    return f'<div class="alert {kind}"><p><b>{kind.capitalize()}</b></p><p>{found[2]}</p></div>'


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--mermaid", type=Path, help="mermaid.min.js; without it the chain stays text")
    given = parser.parse_args()
    take_picture(write_page(given.report.read_text("utf-8"), given.mermaid, FADED), given.picture)


if __name__ == "__main__":
    main()
