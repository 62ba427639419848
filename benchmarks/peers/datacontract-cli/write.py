"""Writes checks as a data contract (ODCS): an SQL quality check for each."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

COLUMNS = {
    "id": "string",
    "time": "timestamp",
    "class": "string",
    "site": "string",
    "confidence": "number",
    "brightness": "number",
    "contrast": "number",
    "label": "string",
    "overridden": "boolean",
    "reviewed_at": "timestamp",
}


def write_contract(data: str, checks: list[dict[str, Any]]) -> str:
    """Write the contract. JSON is YAML."""
    contract = {
        "apiVersion": "v3.0.2",
        "kind": "DataContract",
        "id": "benchmark",
        "name": "benchmark",
        "version": "1.0.0",
        "status": "active",
        "servers": [{"server": "local", "type": "local", "path": data, "format": "parquet"}],
        "schema": [
            {
                "name": "predictions",
                "logicalType": "object",
                "properties": [write_column(name, kind) for name, kind in COLUMNS.items()],
                "quality": [write_quality(check) for check in checks],
            }
        ],
    }
    return json.dumps(contract, indent=1)


def write_column(name: str, kind: str) -> dict[str, str]:
    """Write one column. A number without a physical type would be read with three decimals."""
    return {"name": name, "logicalType": kind, **({"physicalType": "DOUBLE"} if kind == "number" else {})}


def write_quality(check: dict[str, Any]) -> dict[str, Any]:
    """Write one check."""
    where = " AND ".join(f"{name} = '{value}'" for name, value in check.get("scope", {}).items())
    query = f"SELECT {check['sql']} FROM predictions" + (f" WHERE {where}" if where else "")
    holds = "mustBeGreaterOrEqualTo" if check["side"] == "below" else "mustBeLessOrEqualTo"
    return {"type": "sql", "query": query, holds: check["bound"]}


if __name__ == "__main__":
    data, checks, path = sys.argv[1:]
    Path(path).write_text(write_contract(data, json.loads(Path(checks).read_text("utf-8"))), "utf-8")
