"""Soda on W1: a dataset filter per scope, its checks under it; a scan from Python over a view of the file."""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

import duckdb
from soda.scan import Scan
from write import write_checks

data, checks = sys.argv[1:]
written = write_checks(json.loads(Path(checks).read_text("utf-8")))
logging.disable(logging.CRITICAL)
since = time.perf_counter()
connection = duckdb.connect(config={"threads": 2})
connection.execute(f"CREATE VIEW predictions AS SELECT * FROM read_parquet('{data}')")
scan = Scan()
scan.disable_telemetry()
scan.set_data_source_name("duckdb")
scan.add_duckdb_connection(connection)
scan.add_sodacl_yaml_str(written)
scan.execute()
seconds = time.perf_counter() - since
if scan.has_error_logs():
    raise SystemExit(f"soda could not run every check: {scan.get_error_logs_text()}"[:300])
failed = sum(check["outcome"] == "fail" for check in scan.get_scan_results()["checks"])
sys.stdout.write("\n" + json.dumps({"engine": seconds, "failed": failed}) + "\n")
