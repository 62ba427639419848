"""NLTK on W3: Krippendorff's alpha over all classes, one statistic of the 52."""

from __future__ import annotations

import json
import sys
import time

import pandas as pd
from nltk.metrics.agreement import AnnotationTask

[data] = sys.argv[1:]
since = time.perf_counter()
frame = pd.read_parquet(data, columns=["annotator", "unit", "class"])
task = AnnotationTask(data=zip(frame["annotator"], frame["unit"], frame["class"], strict=True))
alpha = task.alpha()
seconds = time.perf_counter() - since
assert 0 < alpha < 1
sys.stdout.write(json.dumps({"engine": seconds}) + "\n")
