"""pandas: columns read through the frame's own methods, in one way whether pyarrow is there or not.

What pandas holds to be missing (NaN, NaT, None, NA) is null.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from prism_rules.diagnostics import Diagnostic, Refused

if TYPE_CHECKING:
    import polars as pl


def read_pandas(
    frame: Any, choose: Callable[[Iterable[str]], list[str]], refuse: Callable[[str, str, str], Refused]
) -> pl.DataFrame:
    """Read the columns that `choose` takes of a pandas DataFrame; levels of its index with a name are columns too.

    `refuse` makes the refusal of a column from its name, its type and the reason. Raises `Refused` with all of them.
    """
    import polars as pl

    named = [name for name in frame.index.names if isinstance(name, str) and name not in frame.columns]
    if named:
        frame = frame.reset_index(level=named)
    counts = Counter(name for name in frame.columns if isinstance(name, str))
    found: list[Diagnostic] = []
    columns = []
    for name in choose(counts):
        column = frame[name]
        try:
            if counts[name] > 1:
                raise ValueError(f"there are {counts[name]} columns of this name")
            columns.append(_read_column(column).alias(name))
        except Exception as error:  # whatever Polars or the column's own type says of its values
            type_ = str(getattr(column, "dtype", "one of several"))
            found += refuse(name, type_, (str(error).splitlines() or [""])[0][:200]).diagnostics
    if found:
        raise Refused(found, 3)
    return pl.DataFrame(columns)


def _read_column(column: Any) -> pl.Series:
    import polars as pl

    dtype = column.dtype
    missing = pl.Series(column.isna().to_numpy())
    if hasattr(dtype, "categories"):
        categories = _read_column(dtype.categories.to_series())
        return categories.gather(pl.Series(column.cat.codes.to_numpy()).replace(-1, None))
    if hasattr(dtype, "pyarrow_dtype"):
        return pl.Series(column.array.__arrow_array__())
    if dtype.kind == "M":
        zoned = getattr(dtype, "tz", None) is not None
        plain = column.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else column
        unit = plain.dt.unit if plain.dt.unit in ("us", "ns", "ms") else "us"
        times = pl.Series(plain.dt.as_unit(unit).to_numpy())
        return times.dt.replace_time_zone("UTC") if zoned else times
    if dtype.kind in "biuf":
        # A nullable type has a value of its own for missing, which no array of numbers can hold.
        own = getattr(dtype, "numpy_dtype", None)
        values = pl.Series(column.to_numpy(dtype=own, na_value=own.type(0)) if own is not None else column.to_numpy())
        return pl.select(pl.when(~missing).then(values)).to_series()
    return pl.Series(column.astype(object).where(column.notna(), None).tolist())
