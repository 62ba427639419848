"""Write the pages that are made from the code: metrics, SQL functions, diagnostic codes. `make docs` runs this."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

from prism_rules.diagnostics.pages import all_codes, read_page
from prism_rules.metrics import METRICS, Metric
from prism_rules.model.frozen import read_descriptions
from prism_rules.sql_gate import FUNCTIONS

FOLDER = Path(__file__).parent
CODES = "../src/prism_rules/diagnostics/codes"
OF = {
    "none": "nothing",
    "column": "a feature or `confidence`, or several, or `features` for all of those",
    "field": "a column of the source, or several, or `features` for all of those",
    "fields": "columns of any kind, taken together",
    "category": "a column of the source that is no number, or several",
    "dimensions": "dimensions of the source",
    "grouped": "one dimension of `by`",
    "expression": "one SQL aggregate expression",
}

INTERVALS = {
    None: "refused: how sure a value is, nobody knows",
    "proportion": "Wilson's interval of a share of `n`",
    "error": "Student's interval, from the standard error",
    "difference": "Newcombe's interval of a difference of two shares",
}


def write_pages() -> dict[str, str]:
    """Write every generated page: path below this folder -> text."""
    pages = {f"metrics/{name}.md": write_metric(metric) for name, metric in METRICS.items()}
    return pages | {"metrics/README.md": write_catalogue(), "sql.md": write_functions(), "codes.md": write_codes()}


def write_catalogue() -> str:
    """Write the index of metrics."""
    page = ["# Metrics\n", "A rule names one of them under `metric`.\n", "| Metric | Measures |", "| --- | --- |"]
    page += [f"| [`{name}`]({name}.md) | {metric.title} |" for name, metric in METRICS.items()]
    return "\n".join(page) + "\n"


def write_metric(metric: Metric) -> str:
    """Write a metric's page: what it takes as a table, then its module's docstring."""
    manual = inspect.cleandoc(import_module(f"prism_rules.metrics.{metric.name}").__doc__ or "")
    first, _, rest = manual.partition("\n\n")
    low, high = ("unbounded" if end is None else f"{end:g}" for end in (metric.low, metric.high))
    rows = {
        "Measured on": ", ".join(metric.roles),
        "Fields it reads": ", ".join(f"`{field}`" for field in metric.fields) or "none of its own",
        "`of`": OF[metric.of],
        "`with`": "; ".join(_list_parameters(metric)) or "nothing",
        "`baseline`": "required: it is part of the metric" if metric.compares else "for `drop`, `rise` and `change`",
        "Range": "unbounded" if low == high else f"{low} to {high}",
        "`n` counts": metric.unit,
        "`confidence`": INTERVALS[metric.interval],
    }
    table = "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {text} |" for name, text in rows.items())])
    return f"# {metric.name}\n\n{first}\n\n{table}\n\n{rest}\n"


def _list_parameters(metric: Metric) -> list[str]:
    said = read_descriptions(metric.params)
    return [
        f"`{name}`: {said[name].strip().rstrip('.')} "
        f"({'required' if field.is_required() else f'default {field.default!r}'})"
        for name, field in metric.params.model_fields.items()
    ]


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
