"""Evidently on W2: the population stability index of fifteen columns, overall alone."""

from __future__ import annotations

import json
import sys
import time

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

current, reference, columns = sys.argv[1:]
asked = json.loads(columns)
since = time.perf_counter()
definition = DataDefinition(numerical_columns=asked["numbers"], categorical_columns=asked["texts"])
frames = [pd.read_parquet(path, columns=[*asked["numbers"], *asked["texts"]]) for path in (current, reference)]
now, known = (Dataset.from_pandas(frame, data_definition=definition) for frame in frames)
found = Report([DataDriftPreset(method="psi")]).run(now, known).dict()
seconds = time.perf_counter() - since
drifts = [one for one in found["metrics"] if "ValueDrift" in str(one.get("metric_name") or one.get("metric_id"))]
assert len(drifts) == 15, len(drifts)
sys.stdout.write(json.dumps({"engine": seconds}) + "\n")
