"""Pandera on W1 and W4: the columns it needs are read into a frame, which is then validated."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import polars as pl
from checks import count_failed

data, checks = sys.argv[1:]
asked = json.loads(Path(checks).read_text("utf-8"))
since = time.perf_counter()
columns = ["class", "site", "confidence", "brightness", "contrast", "label", "overridden"]
frame = pl.read_parquet(data, columns=columns)
failed = count_failed(frame, asked)
seconds = time.perf_counter() - since
sys.stdout.write(json.dumps({"engine": seconds, "failed": failed}) + "\n")
