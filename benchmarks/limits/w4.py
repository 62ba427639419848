"""The limit of W4: a command line that reads rules by the fastest parsers there are, and one fused query.

`help` prints the help of eight commands; `check RULESET` reads and checks every rule; `plan RULESET DATA` also measures
the ten metrics over all rows, compares every rule in plain Python and writes what failed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

SEEN = "\"time\" >= TIMESTAMP '2026-02-01' AND \"time\" < TIMESTAMP '2026-03-01'"
METRICS = {
    "mean_confidence": "avg(confidence)",
    "mean brightness": "avg(brightness)",
    "mean contrast": "avg(contrast)",
    "low_confidence_share": "count_if(confidence < 0.6) / nullif(count(confidence), 0)",
    "error_rate": "count_if(label <> class) / nullif(count(label), 0)",
    "override_rate": "count_if(overridden) / nullif(count(overridden), 0)",
    "missing_share label": "count_if(label IS NULL) / count(*)",
    "confident_wrong_share": "count_if(label <> class AND confidence >= 0.9) / nullif(count(label), 0)",
    "volume": "count(*)",
    "quantile confidence": "quantile_cont(confidence, 0.05)",
}


@click.group()
def main() -> None:
    """Do what the program does, and no more."""


def read_rules(path: Path) -> Any:
    """Read a ruleset and check the form of every rule."""
    import msgspec
    import ryaml

    class Rule(msgspec.Struct, forbid_unknown_fields=True, rename={"with_": "with"}):
        source: str
        metric: str
        fail: dict[str, float]
        of: str = ""
        with_: dict[str, float] = msgspec.field(default_factory=dict)

    return msgspec.convert(ryaml.loads(path.read_text("utf-8"))["rules"], dict[str, Rule])


@main.command()
@click.argument("ruleset", type=click.Path(path_type=Path))
def check(ruleset: Path) -> None:
    """Read and check a ruleset."""
    click.echo(f"{len(read_rules(ruleset))} rules")


@main.command()
@click.argument("ruleset", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--numbers", type=click.Path(path_type=Path))
def plan(ruleset: Path, data: Path, numbers: Path | None) -> None:
    """Measure, and compare every rule."""
    rules = read_rules(ruleset)

    import duckdb

    listed = ", ".join(METRICS.values())
    row = duckdb.connect().execute(f"SELECT {listed} FROM read_parquet($data) WHERE {SEEN}", {"data": str(data)})
    values = dict(zip(METRICS, row.fetchall()[0], strict=True))
    statuses = {}
    for name, rule in rules.items():
        value = values[f"{rule.metric} {rule.of}".strip()]
        [(side, bound)] = rule.fail.items()
        statuses[name] = "fail" if (value < bound if side == "below" else value > bound) else "pass"
    click.echo(json.dumps({"failed": sum(status == "fail" for status in statuses.values())}))
    if numbers:
        numbers.write_text(json.dumps(statuses), "utf-8")


def _add_commands() -> None:
    for name in ("demo", "render", "decide", "ledger", "schema", "explain"):
        main.command(name, help=f"Does what {name} says.")(lambda: None)


_add_commands()

if __name__ == "__main__":
    main()
