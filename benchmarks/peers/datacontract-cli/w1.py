"""Datacontract-cli on W1: an SQL quality check per number, tested from Python."""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

from datacontract.data_contract import DataContract
from write import write_contract

data, checks = sys.argv[1:]
written = write_contract(data, json.loads(Path(checks).read_text("utf-8")))
logging.disable(logging.CRITICAL)
since = time.perf_counter()
run = DataContract(data_contract_str=written).test()
seconds = time.perf_counter() - since
results = [str(getattr(check.result, "value", check.result)) for check in run.checks]
if results.count("error"):
    raise SystemExit(f"datacontract could not run {results.count('error')} checks")
sys.stdout.write("\n" + json.dumps({"engine": seconds, "failed": results.count("failed")}) + "\n")
