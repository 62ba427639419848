"""Writes checks as SodaCL, for soda's own command or for a scan from Python."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

# What SodaCL has by name. It counts missing values in percent.
BUILT_IN = {
    "mean-confidence": ("avg(confidence)", 1),
    "mean-brightness": ("avg(brightness)", 1),
    "mean-contrast": ("avg(contrast)", 1),
    "unlabelled": ("missing_percent(label)", 100),
    "volume": ("row_count", 1),
    "confidence-floor": ("percentile(confidence, 0.05)", 1),
}


def write_check(check: dict[str, Any], number: int) -> list[str]:
    """Write one check: what must hold."""
    sign = ">=" if check["side"] == "below" else "<="
    if check["metric"] in BUILT_IN:
        metric, scale = BUILT_IN[check["metric"]]
        return [f"  - {metric} {sign} {check['bound'] * scale!r}"]
    name = check["metric"].replace("-", "_") + f"_{number}"
    return [f"  - {name} {sign} {check['bound']!r}:", f"      {name} expression: {check['sql']}"]


def write_checks(checks: list[dict[str, Any]]) -> str:
    """Write all checks, with a dataset filter for each scope."""
    scopes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for check in checks:
        scopes[" AND ".join(f"{name} = '{value}'" for name, value in check.get("scope", {}).items())].append(check)
    lines = []
    for number, (where, listed) in enumerate(scopes.items()):
        if where:
            lines += [f"filter predictions [part{number}]:", f"  where: {where}"]
        lines.append(f"checks for predictions [part{number}]:" if where else "checks for predictions:")
        for check in listed:
            # Equal expressions have one name in a part, so that soda may compute them once.
            lines += write_check(check, number)
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    data, checks, folder = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    # Soda names the table after the file.
    (folder / "predictions.parquet").unlink(missing_ok=True)
    (folder / "predictions.parquet").symlink_to(data)
    path = folder / "predictions.parquet"
    (folder / "configuration.yaml").write_text(f"data_source predictions:\n  type: duckdb\n  path: {path}\n", "utf-8")
    (folder / "checks.yaml").write_text(write_checks(json.loads(checks.read_text("utf-8"))), "utf-8")
