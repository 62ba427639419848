"""The digest of rows: the same whatever order, chunks or library they come in.

Each row is hashed by SHA-256 over a canonical text of its columns, and the hashes are added as integers, modulo 2^256:
a sum knows no order, and counts a row that is there twice. Names, types and the number of rows are hashed with it.
Hashing and adding is SQL, so that a million rows take some two seconds of a core.

It tells data that changed. It does not withstand somebody who picks rows so that sums agree.
"""

from __future__ import annotations

import hashlib
import json

from prism_rules.engines import Batch, Engine
from prism_rules.engines.quoting import quote_name, quote_text

_LIMBS = 4
"""Of 64 bits each: their sums are exact, and are put together here."""


def digest_rows(path: str, engine: Engine) -> str:
    """Digest the rows of a Parquet file, hex. Raises `Refused` as the engine does."""
    read = f"read_parquet([{quote_text(path)}], hive_partitioning = false)"
    types = f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {read})"
    columns = sorted(engine.answer(Batch((path,), (), (("types", types),)))["types"].iter_rows())
    row = " || ".join(_write_field(name, type_) for name, type_ in columns)
    limbs = ", ".join(
        f"CAST(coalesce(sum(CAST('0x' || hash[{16 * i + 1}:{16 * i + 16}] AS UBIGINT)), 0) AS VARCHAR) AS limb_{i}"
        for i in range(_LIMBS)
    )
    summed = f"SELECT count(*) AS n, {limbs} FROM (SELECT sha256({row}) AS hash FROM {read})"
    n, *parts = engine.answer(Batch((path,), (), (("sum", summed),)))["sum"].row(0)
    total = 0
    for part in parts:
        total = (total << 64) + int(part)
    told = json.dumps({"columns": columns, "rows": n, "sum": f"{total % 2 ** (64 * _LIMBS):064x}"}, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _write_field(name: str, type_: str) -> str:
    """Write a column's value as its length in bytes and its text, so that no two rows have one text; null is a dash."""
    text = _write_text(quote_name(name), type_)
    return f"coalesce(CAST(strlen({text}) AS VARCHAR) || ':' || {text}, '-')"


def _write_text(column: str, type_: str) -> str:
    plain = f"CAST({column} AS VARCHAR)"
    if type_ in ("DOUBLE", "FLOAT"):
        # By their bits: how numbers are written may change. A minus zero is a zero, and one NaN is as good as another.
        return f"CASE WHEN isnan({column}) THEN 'nan' ELSE CAST(CAST({column} + 0 AS BIT) AS VARCHAR) END"
    if type_.startswith("TIMESTAMP"):
        # Since 1970; infinity is not, and has a word.
        count = "epoch_ns" if type_.endswith("_NS") else "epoch_us"
        return f"coalesce(CAST({count}({column}) AS VARCHAR), {plain})"
    return plain
