"""The program: the views, scans and readings that answer every rule. Thresholds never reach it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from prism_rules.diagnostics import Route
from prism_rules.engines import Batch
from prism_rules.engines.quoting import quote_text
from prism_rules.intake import Intake
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.expressions import gate_expressions
from prism_rules.program.parts import Anchor, find_spans, find_window, list_parts
from prism_rules.program.people import hide_people, list_people
from prism_rules.program.readings import Part, Reading, Variable
from prism_rules.program.relations import list_wanted
from prism_rules.program.relations.asking import list_unit_dimensions
from prism_rules.program.scans import name_table, share_scans
from prism_rules.program.survey import write_survey
from prism_rules.program.views import Window, write_lookup_view, write_source_view
from prism_rules.ruleset import Resolved
from prism_rules.sql_gate import Gated

__all__ = ["Anchor", "Part", "Program", "Reading", "compile_program", "find_window", "gate_expressions", "write_views"]


@dataclass(frozen=True, slots=True)
class Program:
    """What to ask the engine, and where each answer belongs."""

    batch: Batch
    readings: tuple[Reading, ...]
    as_of: datetime
    spans: Mapping[str, Window]
    """Source -> the span of all windows in which rules read it."""
    variables: tuple[Variable, ...]
    """What is found before the scans, and which they count by."""
    people: tuple[Variable, ...]
    """Who is met in the sources that rules group by annotator."""
    watches: Mapping[str, tuple[str, ...]]
    """Source -> the queries that tell intake about its rows, of scans that read them as they are."""

    @property
    def scans(self) -> Mapping[str, str]:
        """Id -> SELECT, of everything that reads rows for rules."""
        names = {name_table(reading.scan): reading.scan for reading in self.readings}
        scans = {names[table]: sql for table, sql in self.batch.tables}
        return dict(self.batch.variables) | scans | {one.name: one.sql for one in self.people}


def compile_program(
    resolved: Resolved, intake: Intake, gated: Mapping[Route, Gated], as_of: datetime, anchors: Iterable[Anchor] = ()
) -> Program:
    """Compile a ruleset over its intake: the fewest scans that answer every rule, and the counts of intake."""
    model = resolved.model
    parts = list_parts(model, as_of, anchors)
    wanted = [hide_people(model, want) for want in list_wanted(model, intake, gated, parts, as_of)]
    scans = share_scans(wanted)
    # What a relation shapes before it is counted no scan can tell about, so that such sources are looked at apart.
    shaped = {want.part.source for want in wanted if want.numbers is None and want.access.passes}
    # Of sources whose rows nothing reads, what files tell of themselves is all there is to tell.
    watches: dict[str, tuple[str, ...]] = {w.part.source: () for w in wanted if w.part.source not in shaped}
    for source, query, _ in scans.watches:
        if source not in shaped:
            watches[source] += (query,)
    spans = find_spans(parts)
    survey = write_survey(model, intake, as_of, spans, watches, list_unit_dimensions(model, gated, parts))
    people = tuple(list_people(model, wanted, as_of))
    edges = {want.edges.variable: want.edges for want in wanted if want.edges}
    variables = tuple(variable for edge in edges.values() for variable in edge.variables)
    queries = (
        *scans.queries,
        *((name, f"SELECT unnest(getvariable({quote_text(name)}))") for name in edges),
        *((name, sql) for _, name, sql in scans.watches),
        *survey,
        *((one.name, one.sql) for one in people),
    )
    paths = tuple(file.path for file in intake.files)
    views, asked = write_views(model, intake, as_of), tuple((one.name, one.sql) for one in variables)
    batch = Batch(paths, views, queries, scans.tables, asked)
    return Program(batch, scans.readings, as_of, spans, variables, people, watches)


def write_views(model: Ruleset, intake: Intake, as_of: datetime) -> tuple[tuple[str, str], ...]:
    """Write a view per bound source, and one more for each that looks others up."""
    return tuple(_list_views(model, intake, as_of))


def _list_views(model: Ruleset, intake: Intake, as_of: datetime) -> Iterator[tuple[str, str]]:
    for name, bound in intake.sources.items():
        yield name, write_source_view(model, name, bound)
    for name in intake.sources:
        looked_up = model.sources[name].lookup
        if looked_up and looked_up.keys() <= intake.sources.keys():
            yield f"{name}+lookup", write_lookup_view(model, name, as_of)
