"""Binned: rows as they are, those of a numeric column counted up to each edge of its bins.

The edges are quantiles of the whole reference of a rule, the same on both sides and for every scope, so that counts add
up and share the scans of other rules. The engine finds them first, for all columns of one reference together.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

from prism_rules.engines.quoting import quote_name, quote_text
from prism_rules.program.readings import Access, Edges, Part, Variable, Wanted
from prism_rules.program.relations import rows
from prism_rules.program.relations.asking import Asking
from prism_rules.program.views import key_field, list_lookup_columns, may_be_null, name_raw, write_word_branches

SAMPLED = 200_000
"""Rows of a reference up to which all of them say where its bins end; of more, a sample of about so many does: the
values of all columns are held at once, so that they must not grow with the rows."""

_PRIMES = (2**31 - 1, 2147483629)
_WHOLE = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT")


@dataclass(frozen=True, slots=True)
class _Reference:
    """The rows of a reference, and what is asked of them."""

    source: str
    relation: str
    conditions: tuple[str, ...]
    asked: frozenset[str]
    """Columns that the conditions read."""
    entries: dict[str, str] = field(default_factory=dict)
    """Entry -> the aggregate that it is."""
    columns: set[str] = field(default_factory=set)
    parts: list[Part] = field(default_factory=list)


def want(asking: Asking, part: Part) -> Wanted:
    """Want a metric's measures of the rows themselves, with the edges of the bins or by category."""
    wanted = rows.want(asking, part)
    if part.ask.numeric:
        return replace(wanted, edges=asking.once(_find_edges)[_tell(part)])
    [column] = part.ask.of
    if _is_filled(asking, part, column):
        return wanted
    return replace(wanted, keys={**wanted.keys, column: f"coalesce(CAST({quote_name(column)} AS VARCHAR), '(none)')"})


def _is_filled(asking: Asking, part: Part, column: str) -> bool:
    """Whether a column is a text that views fill where it is null."""
    home = list_lookup_columns(asking.model.sources[part.source]).get(column, part.source)
    declared = asking.model.sources[home]
    return declared.name_kind(column) == "text" and not may_be_null(declared, column)


def _tell(part: Part) -> Hashable:
    return part.rule, part.of, part.step


def _find_edges(asking: Asking) -> Mapping[Hashable, Edges]:
    """Find the edges of every rule, column and step of a streak; acceptance has those of the first step."""
    references: dict[Hashable, _Reference] = {}
    for part in asking.list_parts("binned"):
        if part.side == "baseline" and part.ask.numeric:
            # At which grain it is compared plays no part.
            wanted = rows.want(asking, replace(part, by=()))
            asked = frozenset(name for condition in asking.pick_conditions(part) for name in condition.columns)
            reference = _Reference(part.source, wanted.relation, wanted.conditions, asked)
            told = (reference.relation, reference.conditions)
            _add(references.setdefault(told, reference), part)
    found: dict[Hashable, Edges] = {}
    for number, reference in enumerate(references.values(), start=1):
        variables = _write_variables(asking, reference, f"edges-{number}")
        found |= {_tell(part): Edges(variables, _name_entry(part)) for part in reference.parts}
    return found


def _name_entry(part: Part) -> str:
    [column] = part.ask.of
    return f"{column}:{part.ask.params.bins}"


def _add(reference: _Reference, part: Part) -> None:
    [column], bins = part.ask.of, part.ask.params.bins
    places = ", ".join(repr(k / bins) for k in range(1, bins + 1))
    reference.entries[_name_entry(part)] = f"quantile_cont({quote_name(column)}, [{places}])"
    reference.columns.add(column)
    reference.parts.append(part)


def _write_variables(asking: Asking, reference: _Reference, name: str) -> tuple[Variable, ...]:
    """Write what finds the edges of all columns: a struct of lists. Of many rows they are counted first."""
    part = reference.parts[0]
    where = " AND ".join(reference.conditions) or "true"
    read = reference.asked | reference.columns
    counted: tuple[Variable, ...] = ()
    relation = reference.relation
    if asking.intake.sources[reference.source].rows > SAMPLED:
        key = key_field(asking.model.sources[reference.source])
        size = f"{name}:rows"
        sql = f"SELECT count(*) FROM {reference.relation} WHERE {where}"
        counted = (Variable(size, sql, reference.source, _find_access(asking, part, reference.asked), 1),)
        whole = asking.intake.sources[reference.source].columns[key].type in _WHOLE
        if not whole:
            relation = f'(SELECT *, CASE {write_word_branches(quote_name(key))} END AS "+word" FROM {relation})'
        rows = f"getvariable({quote_text(size)})"
        where += f" AND ({rows} <= {SAMPLED} OR {_write_sample(name_raw(key) if whole else None, rows)})"
        read |= {key}
    listed = ",\n  ".join(f"{quote_text(entry)}: {sql}" for entry, sql in sorted(reference.entries.items()))
    sql = f"SELECT {{\n  {listed}\n}}\nFROM {relation}\nWHERE {where}"
    access = _find_access(asking, part, read)
    return (*counted, Variable(name, sql, reference.source, access, len(reference.entries)))


def _find_access(asking: Asking, part: Part, columns: frozenset[str]) -> Access:
    return asking.find_access(part, columns, watched=False)


def _write_sample(number: str | None, size: str) -> str:
    """Write the condition that the row ids of a sample meet, whatever the order of rows and the database; rows without
    an id all do. It is made of a `number`, else of the word; `size` is the rows of the reference, in SQL."""
    first, second = _PRIMES
    if number:
        line = f"CAST({quote_name(number)} AS BIGINT) % {first} * 1540483477"
    else:
        # 128 bits are not divided, which is slow.
        low, high = f'CAST("+word" & {2**62 - 1}::UHUGEINT AS BIGINT)', 'CAST("+word" >> 62 AS BIGINT)'
        line = f"({low} % {first} * 1540483477 + {high} % {first} * 739982445)"
    # The remainder of a negative number is negative.
    return f"coalesce(abs({line} % {second} * 1181783497 % {first}) < {first * SAMPLED} // {size}, true)"
