"""The pytest plugin: collects `*.test.yaml` that hold rule tests, an item per test.

Everything of ours is imported when such a file is met: other suites do not wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from prism_rules.ruletests.collecting import ENDING, holds_tests

if TYPE_CHECKING:
    from prism_rules.ruletests.reading import Case, Suite
    from prism_rules.ruletests.running import Runner, Trial

_RUNNER: pytest.StashKey[Runner] = pytest.StashKey()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a file of rule tests; other files of this ending are left alone."""
    is_ours = file_path.name.endswith(ENDING) and holds_tests(file_path)
    return RuleTestFile.from_parent(parent, path=file_path) if is_ours else None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the engine that ran the tests."""
    if runner := config.stash.get(_RUNNER, None):
        runner.__exit__(None, None, None)


class RuleTestFile(pytest.File):
    """A file of rule tests."""

    def collect(self) -> Iterator[RuleTestItem]:
        """Collect its tests; a file that is not as it should be is told as `prism-rules test` tells it."""
        from prism_rules.diagnostics import Refused
        from prism_rules.diagnostics.text import format_text
        from prism_rules.ruletests.reading import read_suite

        try:
            suite = read_suite(Path(os.path.relpath(self.path)))
        except Refused as refused:
            raise self.CollectError(format_text(refused.diagnostics)) from None
        for case in suite.cases:
            yield RuleTestItem.from_parent(self, name=case.test.name, suite=suite, case=case)


class Failed(Exception):
    """A rule test that did not come out as expected."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial.test.name)
        self.trial = trial


class RuleTestItem(pytest.Item):
    """One rule test."""

    def __init__(self, *, suite: Suite, case: Case, **more: Any) -> None:
        super().__init__(**more)
        self.suite, self.case = suite, case

    def runtest(self) -> None:
        """Run it, with one engine for the whole session. Raises `Failed`."""
        from prism_rules.ruletests.running import Runner

        trial = self.config.stash.setdefault(_RUNNER, Runner()).run(self.suite, self.case)
        if not trial.passed:
            raise Failed(trial)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what `prism-rules test` shows of a failure."""
        from prism_rules.diagnostics import Refused
        from prism_rules.diagnostics.text import format_text
        from prism_rules.ruletests.telling import tell_failure

        if isinstance(excinfo.value, Failed):
            return "\n".join(tell_failure(excinfo.value.trial))
        if isinstance(excinfo.value, Refused):
            return format_text(excinfo.value.diagnostics)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Tell where it stands."""
        from prism_rules.diagnostics import Spot
        from prism_rules.source import find_label

        line = find_label(Spot((*self.case.route, "name")), self.suite.source).line
        return self.path, line - 1, self.name
