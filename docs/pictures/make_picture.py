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

WIDTH, HEIGHT = 940, 2_600
"""Pixels. The picture is cut to what the page fills."""

STYLE = """
body { margin: 0; padding: 28px 32px; width: 876px; color: #1f2328; background: #fff;
       font: 15px/1.5 -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", Helvetica, Arial, sans-serif; }
h1, h2 { border-bottom: 1px solid #d1d9e0b3; padding-bottom: .3em; line-height: 1.25; margin: 22px 0 14px; }
h1 { font-size: 1.9em; margin-top: 0; } h2 { font-size: 1.4em; }
p, ul, ol, table, blockquote, pre, details { margin: 0 0 14px; } li > p { margin-bottom: 6px; } ul, ol { padding-left: 2em; }
table { border-collapse: collapse; font-size: .87em; } th, td { border: 1px solid #d1d9e0; padding: 5px 9px; text-align: left;
        vertical-align: top; } tr:nth-child(2n) td { background: #f6f8fa; }
code { background: #818b981f; border-radius: 6px; padding: .15em .35em; font: .86em ui-monospace, "DejaVu Sans Mono", monospace; }
td code { white-space: nowrap; } pre { background: #f6f8fa; border-radius: 6px; padding: 14px; overflow: hidden; }
pre code { background: none; padding: 0; }
blockquote { border-left: .25em solid #d1d9e0; color: #59636e; padding: 0 1em; } blockquote > :last-child { margin-bottom: 0; }
.alert { border-left: .25em solid; padding: 4px 14px; margin-bottom: 14px; } .alert p { margin: 2px 0; color: #1f2328; }
.caution { border-color: #d1242f; } .caution b { color: #d1242f; } .warning { border-color: #9a6700; } .warning b { color: #9a6700; }
hr { height: 3px; border: 0; background: #d1d9e0; margin: 22px 0; } details > summary { cursor: pointer; }
pre.mermaid { background: none; text-align: center; padding: 4px 0; }
"""


def write_page(report: str, mermaid: Path | None, folds: int) -> str:
    """Write the report as a page of HTML, its first `folds` folds open."""
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(report)
    body = re.sub(r'<pre><code class="language-mermaid">(.*?)</code></pre>', r'<pre class="mermaid">\1</pre>', body, flags=re.S)
    body = re.sub(r"<blockquote>\s*<p>\[!(\w+)\]\n(.*?)</p>\s*</blockquote>", _write_alert, body, flags=re.S)
    body = body.replace("<details>", "<details open>", folds)
    script = "" if mermaid is None else (
        f'<script src="{html.escape(mermaid.resolve().as_uri())}"></script>'
        "<script>mermaid.initialize({startOnLoad: true, theme: 'default', fontFamily: 'sans-serif'})</script>"
    )  # fmt: skip
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><body>{body}{script}</body>'


def take_picture(page: str, picture: Path) -> None:
    """Let Chromium draw the page, and cut the white below it."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        sys.exit("Chromium is needed to draw the picture; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "report.html"
        source.write_text(page, "utf-8")
        subprocess.run(
            [
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars",
                f"--user-data-dir={folder}/profile", "--virtual-time-budget=8000", "--force-device-scale-factor=1",
                f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={picture.resolve()}", source.as_uri(),
            ],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
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
    parser.add_argument("--open", type=int, default=0, help="how many folds are open")
    parser.add_argument("--height", type=int, default=HEIGHT)
    given = parser.parse_args()
    globals()["HEIGHT"] = given.height
    take_picture(write_page(given.report.read_text("utf-8"), given.mermaid, given.open), given.picture)


if __name__ == "__main__":
    main()
