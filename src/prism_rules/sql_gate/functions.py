"""The functions an author's SQL may call: a closed table, from which the manual's page is generated.

What stands here gives the same result in any order of rows and on any number of threads, cannot make a value grow,
reads neither clock, chance, files nor settings, and takes time linear in its input. All else is refused.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """One function: how it is written, what it takes and gives, and why it is safe.

    `takes` are the kinds of its arguments, the last `optional` of which may be left out; a `variadic` one repeats the
    last. Kinds are those of `prism_rules.sql_gate.kinds`; `any` is each of them, `same` one of them for all arguments,
    and `unit`, `field`, `digits`, `share` and `pattern` are constants. `gives` may be `same` as well, `first` for
    the kind of the first argument, or `sum` for an integer where integers are added.
    """

    written: str
    does: str
    takes: tuple[str, ...]
    gives: str
    safe: str
    optional: int = 0
    variadic: bool = False
    aggregate: bool = False
    distinct: bool = False


_DOUBLE = "computed in 64-bit floats row by row; what is not finite (x / 0) is null"
_TEXT = "the result is no longer than the text, up to the letters that change their length with their case"
_COMPARE = "reads the texts once"
_COUNT = "an integer"
_ORDER = "depends on the set of values alone"
_CLOCK = "a function of the UTC time of the row, never of the clock"

FUNCTIONS: dict[str, Function] = {
    "+": Function("a + b", "sum", ("number", "number"), "number", _DOUBLE),
    "-": Function("a - b, -a", "difference, or the negative", ("number", "number"), "number", _DOUBLE, optional=1),
    "*": Function("a * b", "product", ("number", "number"), "number", _DOUBLE),
    "/": Function("a / b", "quotient, never an integer division", ("number", "number"), "number", _DOUBLE),
    "%": Function("a % b", "remainder, with the sign of a", ("number", "number"), "number", _DOUBLE),
    "abs": Function("abs(x)", "absolute value", ("number",), "number", _DOUBLE),
    "round": Function(
        "round(x), round(x, digits)",
        "nearest, halves away from zero",
        ("number", "digits"),
        "number",
        _DOUBLE,
        optional=1,
    ),
    "floor": Function("floor(x)", "largest whole number not above", ("number",), "number", _DOUBLE),
    "ceil": Function("ceil(x)", "smallest whole number not below", ("number",), "number", _DOUBLE),
    "greatest": Function("greatest(a, b, ...)", "largest that is not null", ("same",), "same", _ORDER, variadic=True),
    "least": Function("least(a, b, ...)", "smallest that is not null", ("same",), "same", _ORDER, variadic=True),
    "OPERATOR_COALESCE": Function(
        "coalesce(a, b, ...)", "first that is not null", ("same",), "same", "passes a value on", variadic=True
    ),
    "nullif": Function("nullif(a, b)", "a, or null where it equals b", ("same", "same"), "first", "passes a value on"),
    "lower": Function("lower(s)", "in small letters", ("text",), "text", _TEXT),
    "upper": Function("upper(s)", "in capital letters", ("text",), "text", _TEXT),
    "trim": Function("trim(s)", "without spaces at both ends", ("text",), "text", _TEXT),
    "length": Function("length(s)", "number of characters", ("text",), "integer", _COUNT),
    "starts_with": Function("starts_with(s, part)", "whether s begins so", ("text", "text"), "boolean", _COMPARE),
    "ends_with": Function("ends_with(s, part)", "whether s ends so", ("text", "text"), "boolean", _COMPARE),
    "contains": Function("contains(s, part)", "whether s holds it", ("text", "text"), "boolean", _COMPARE),
    "~~": Function("s LIKE 'p%'", "% any characters, _ one", ("text", "pattern"), "boolean", _COMPARE),
    "!~~": Function("s NOT LIKE 'p%'", "the opposite of LIKE", ("text", "pattern"), "boolean", _COMPARE),
    "~~*": Function("s ILIKE 'p%'", "LIKE, whatever the case", ("text", "pattern"), "boolean", _COMPARE),
    "!~~*": Function("s NOT ILIKE 'p%'", "the opposite of ILIKE", ("text", "pattern"), "boolean", _COMPARE),
    "date_trunc": Function(
        "date_trunc('day', t)",
        "begin of the hour, day, week (Monday), month, quarter or year",
        ("unit", "time"),
        "time",
        _CLOCK,
    ),
    "date_part": Function(
        "date_part('hour', t), extract(hour from t)",
        "a part of the time as a whole number",
        ("field", "time"),
        "integer",
        _CLOCK,
    ),
    "epoch": Function("epoch(t)", "seconds since 1970, for durations", ("time",), "number", _CLOCK),
    "count_star": Function("count(*)", "number of rows", (), "integer", _COUNT, aggregate=True),
    "count": Function(
        "count(x), count(DISTINCT x)",
        "number of values that are not null",
        ("any",),
        "integer",
        _COUNT,
        aggregate=True,
        distinct=True,
    ),
    "count_if": Function(
        "count_if(condition)", "number of rows where it is true", ("boolean",), "integer", _COUNT, aggregate=True
    ),
    "sum": Function(
        "sum(x)",
        "sum; null beyond 10^12 per row",
        ("summand",),
        "sum",
        "exact: integers, or fixed point with 9 decimals in 128 bits",
        aggregate=True,
    ),
    "avg": Function(
        "avg(x)",
        "mean; null beyond 10^12 per row",
        ("summand",),
        "number",
        "the exact sum, divided once by the count",
        aggregate=True,
    ),
    "min": Function("min(x)", "smallest", ("any",), "first", _ORDER, aggregate=True),
    "max": Function("max(x)", "largest", ("any",), "first", _ORDER, aggregate=True),
    "median": Function("median(x)", "middle value", ("number",), "number", _ORDER, aggregate=True),
    "quantile_cont": Function(
        "quantile_cont(x, share)",
        "quantile between 0 and 1, interpolated",
        ("number", "share"),
        "number",
        _ORDER,
        aggregate=True,
    ),
    "bool_and": Function(
        "bool_and(condition)", "whether it is true in all rows", ("boolean",), "boolean", _ORDER, aggregate=True
    ),
    "bool_or": Function(
        "bool_or(condition)", "whether it is true in any row", ("boolean",), "boolean", _ORDER, aggregate=True
    ),
}

AGGREGATES = frozenset(name for name, function in FUNCTIONS.items() if function.aggregate)

_UNSTABLE = "its result depends on the order of rows; use min, max or count(DISTINCT x)"
_INEXACT = "sums of floats differ from run to run; use avg, or quantile_cont for the spread"
_CLOCKS = "the program has no clock of its own; time comes from `--as-of`, and windows from `window`"
_DURATION = "write a duration as seconds: epoch(a) - epoch(b) > 3 * 86400"

INSTEAD: dict[str, str] = {
    **dict.fromkeys(("first", "last", "any_value", "arg_max", "arg_min", "max_by", "min_by", "mode"), _UNSTABLE),
    **dict.fromkeys(("list", "array_agg", "string_agg", "group_concat", "listagg"), _UNSTABLE),
    **dict.fromkeys(("stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop", "corr"), _INEXACT),
    **dict.fromkeys(
        (
            "now",
            "current_date",
            "current_timestamp",
            "today",
            "get_current_timestamp",
            "current_time",
            "current_localtimestamp",
        ),
        _CLOCKS,
    ),
    **dict.fromkeys(
        (
            "to_seconds",
            "to_minutes",
            "to_hours",
            "to_days",
            "to_weeks",
            "to_months",
            "to_years",
            "age",
            "datediff",
            "date_diff",
            "datesub",
            "date_sub",
            "to_milliseconds",
        ),
        _DURATION,
    ),
    **dict.fromkeys(("mean", "fsum", "favg", "kahan_sum"), "use avg(x), or sum(x)"),
    **dict.fromkeys(
        ("regexp_matches", "regexp_full_match", "like_escape", "~~~"), "use LIKE, starts_with, ends_with or contains"
    ),
    **dict.fromkeys(
        ("quantile", "percentile_cont", "quantile_disc", "approx_quantile", "reservoir_quantile"),
        "use quantile_cont(x, 0.5)",
    ),
    **dict.fromkeys(("approx_count_distinct", "count_distinct"), "use count(DISTINCT x)"),
    **dict.fromkeys(
        ("year", "quarter", "month", "week", "day", "hour", "minute", "dayofweek", "weekday", "isodow"),
        "use extract(hour from t)",
    ),
    **dict.fromkeys(("if", "ifnull", "iff"), "write CASE WHEN condition THEN value END, or coalesce"),
    "row": "write one value",
    "sqrt": "compare the square instead",
    "ln": "compare with the power instead",
    "len": "use length(s)",
    "mod": "write a % b",
    "timezone": "times are UTC",
    "**": "write x * x",
}
"""What to write for functions that are often tried."""
