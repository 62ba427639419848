"""Write the pages made from the code: metrics, SQL functions, packs, diagnostic codes. `make docs` runs this."""

from __future__ import annotations

from pathlib import Path

from prism_rules.diagnostics.pages import all_codes, read_page
from prism_rules.manual.page import write_manual
from prism_rules.metrics import METRICS
from prism_rules.metrics.pages import group_metrics, write_page
from prism_rules.ruleset import load_ruleset
from prism_rules.source import read_source
from prism_rules.sql_gate import FUNCTIONS

FOLDER = Path(__file__).parent
PACKS = FOLDER.parent / "rulesets"
CODES = "../src/prism_rules/diagnostics/codes"


def write_pages() -> dict[str, str]:
    """Write every generated page: path below this folder -> text."""
    pages = {f"metrics/{name}.md": write_page(metric) for name, metric in METRICS.items()}
    pages |= {f"packs/{path.parent.name}.md": write_pack(path) for path in sorted(PACKS.glob("*/example.yaml"))}
    return pages | {"metrics/README.md": write_catalogue(), "sql.md": write_functions(), "codes.md": write_codes()}


def write_catalogue() -> str:
    """Write the index of metrics."""
    page = ["# Metrics\n", "A rule names one of them under `metric`."]
    for subject, metrics in group_metrics(METRICS.values()).items():
        page.append(f"\n## {subject.capitalize()}\n\n| Metric | Measures |\n| --- | --- |")
        page += [f"| [`{metric.name}`]({metric.name}.md) | {metric.title} |" for metric in metrics]
    return "\n".join(page) + "\n"


def write_pack(example: Path) -> str:
    """Write the manual of a ruleset that uses a pack, and little else."""
    source = read_source(example, name=f"rulesets/{example.parent.name}/{example.name}")
    return write_manual(load_ruleset(source))


def write_functions() -> str:
    """Write the page of what authors' SQL may call."""
    page = [
        "# Functions that SQL may use\n",
        "`where` and `metric: sql` may call these functions and no others. Each gives the same result in any order of"
        "\nrows, cannot make a value grow, and reads neither clock, chance, files nor settings.",
    ]
    for title, aggregate in (("Over one row", False), ("Over many rows", True)):
        page.append(f"\n## {title}\n\n| Function | Gives | Why it is safe |\n| --- | --- | --- |")
        page += [
            f"| `{function.written}` | {function.does} | {function.safe} |"
            for function in FUNCTIONS.values()
            if function.aggregate is aggregate
        ]
    return "\n".join(page) + "\n"


def write_codes() -> str:
    """Write the index of diagnostic codes."""
    page = [
        "# Diagnostic codes\n",
        "Everything that prism-rules says about a file of yours has a code. `prism-rules explain CODE` shows its page:"
        "\nwhat it means, an example, and what to write instead.\n",
        "| Code | Means |",
        "| --- | --- |",
    ]
    for code in all_codes():
        title = read_page(code).splitlines()[0].partition(": ")[2]
        page.append(f"| [`{code}`]({CODES}/{code}.md) | {title} |")
    return "\n".join(page) + "\n"


def list_stale() -> list[str]:
    """List pages that are not as they would be written, and metric pages that nothing writes any more."""
    pages = write_pages()
    found = {path.relative_to(FOLDER).as_posix() for path in (FOLDER / "metrics").glob("*.md")}
    changed = (name for name, text in pages.items() if not _holds(FOLDER / name, text))
    return sorted({*changed, *(found - pages.keys())})


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


def main() -> None:
    """Write what is stale, and remove what nothing writes any more."""
    pages = write_pages()
    for name in list_stale():
        path = FOLDER / name
        if name in pages:
            path.parent.mkdir(exist_ok=True)
            path.write_text(pages[name], "utf-8")
        else:
            path.unlink()
        print(f"{'wrote' if name in pages else 'removed'} docs/{name}")  # noqa: T201


if __name__ == "__main__":
    main()
