"""The stages of a run, each told as a phase with what it worked on."""

from __future__ import annotations

from prism_rules.diagnosis import Diagnoses
from prism_rules.diagnostics.text import say_count
from prism_rules.evaluation import Evaluation
from prism_rules.intake import Intake
from prism_rules.planning import Made
from prism_rules.program import Program
from prism_rules.program.scans import name_table
from prism_rules.progress import Phase, Tell, tell_nobody


class Progress:
    """Tells the phases of one run. It says how many and never how long, so that a run says the same every time."""

    def __init__(self, tell: Tell = tell_nobody) -> None:
        self._tell = tell
        self._scans: dict[str, str] = {}
        """Table that the engine fills -> what is said of it."""

    def tell_bound(self, intake: Intake, program: Program) -> None:
        """The data is bound, and the scans are known."""
        sources = {name_table(reading.scan): reading.part.source for reading in program.readings}
        count = len(program.batch.tables)
        for number, (table, _) in enumerate(program.batch.tables, 1):
            name = sources[table]
            rows = say_count(intake.sources[name].rows, "row")
            self._scans[table] = f"scanning {name}, {number:,} of {say_count(count, 'scan')} · {rows}"
        rows = say_count(sum(source.rows for source in intake.sources.values()), "row")
        self._tell(Phase(f"bound {say_count(len(intake.sources), 'source')}, {rows}", over=True))

    def tell_scan(self, table: str) -> None:
        """The engine begins to fill a table."""
        if table in self._scans:
            self._tell(Phase(self._scans[table]))

    def tell_measured(self, program: Program, evaluation: Evaluation) -> None:
        """All is measured and judged."""
        rules, scans = len(evaluation.measured), len(program.batch.tables)
        self._tell(Phase(f"measured {say_count(rules, 'rule')} in {say_count(scans, 'scan')}", over=True))
        self._tell(Phase(f"diagnosing {say_count(len(evaluation.findings), 'finding')}"))

    def tell_diagnosed(self, diagnoses: Diagnoses) -> None:
        """The causes are found."""
        found = sum(one.verdict == "diagnosed" for one in diagnoses.diagnoses)
        unexplained = say_count(len(diagnoses.unexplained), "failure")
        self._tell(Phase(f"diagnosed {say_count(found, 'cause')}, {unexplained} unexplained", over=True))
        self._tell(Phase("planning, and drawing queues"))

    def tell_planned(self, made: Made) -> None:
        """The plan is made, and its queues are drawn."""
        rows = say_count(sum(len(drawn.rows) for drawn in made.drawn.values()), "row")
        queues = f"{say_count(len(made.drawn), 'queue')} of {rows}" if made.drawn else "no queue"
        self._tell(Phase(f"planned {say_count(len(made.plan.actions), 'action')}, {queues}", over=True))
        self._tell(Phase("writing the report"))
