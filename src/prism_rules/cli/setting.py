"""What a run works on: ruleset, data, output folder, ledger and cache, from prism.yaml or from options.

Paths in prism.yaml are relative to it and may not leave its folder: whoever wrote that file is not who runs it.
Paths in options may lead anywhere. All are told relative to prism.yaml, so that a plan does not depend on
where it was made.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from prism_rules.cli.terminal import refuse
from prism_rules.files import place_inside

NAME = "prism.yaml"

if TYPE_CHECKING:
    from prism_rules.model.project import Project
    from prism_rules.ruleset import Resolved
    from prism_rules.source import Source


class Places(NamedTuple):
    """Where the data of a run is."""

    given: Mapping[str, str]
    """Source -> path or glob that options give."""
    every: Mapping[str, str]
    """The same of all sources that have data."""
    confined: Collection[str]
    """Sources whose paths come from prism.yaml."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where things are. `root` is the folder that recorded paths are relative to."""

    root: Path
    ruleset: Path
    project: Project | None
    passed: str | None = None
    """The ruleset that the prism.yaml here names, which is another: nothing else that it says counts."""

    @property
    def data(self) -> dict[str, str]:
        """The data that prism.yaml names: source -> path or glob, relative to `root`."""
        places = self.project.data if self.project else {}
        for name, place in places.items():
            if not isinstance(place, str) and place.format not in (None, "parquet"):
                raise refuse(
                    "unsupported-format",
                    f"the data of source `{name}` is said to be {place.format}",
                    context=NAME,
                    help="convert it to Parquet; other formats are not read yet",
                )
        return {name: place if isinstance(place, str) else place.path for name, place in places.items()}

    def place_data(self, given: Mapping[str, str]) -> Places:
        """Place the data: the paths that options give, over those of prism.yaml."""
        shown = {name: self.show(path) for name, path in given.items()}
        return Places(shown, self.data | shown, self.data.keys() - shown.keys())

    @property
    def ledger(self) -> Path | None:
        """The ledger that prism.yaml names."""
        return self.confine(self.project.ledger) if self.project and self.project.ledger else None

    @property
    def cache(self) -> Path | None:
        """The cache that prism.yaml names."""
        return self.confine(self.project.cache) if self.project and self.project.cache else None

    def read(self) -> Source:
        """Read the ruleset's own file. Raises `Refused` (exit 2)."""
        from prism_rules.diagnostics import Refused
        from prism_rules.ruleset.project import tell_missing
        from prism_rules.source import locate, read_source

        try:
            source = read_source(self.ruleset, root=self.root if self.project else None)
        except Refused as refused:
            missing = [*tell_missing(refused, self.ruleset)] if self.project else []
            raise Refused(locate(missing, read_source(self.root / NAME, name=NAME))) if missing else refused from None
        return replace(source, name=self.show(self.ruleset))

    def load(self) -> Resolved:
        """Read and check the ruleset. Raises `Refused` (exit 2)."""
        from prism_rules.ruleset import load_ruleset

        return load_ruleset(self.read())

    @contextmanager
    def placing(self) -> Iterator[None]:
        """Show where prism.yaml names data that something is wrong with, or that it names that of another ruleset."""
        from prism_rules.diagnostics import Refused, Spot
        from prism_rules.source import find_label, read_source

        try:
            yield
        except Refused as refused:
            if self.project:
                file = read_source(self.root / NAME, name=NAME)
                refused.diagnostics = [
                    replace(d, labels=(find_label(Spot(d.route), file),)) if d.route[:1] == ("data",) else d
                    for d in refused.diagnostics
                ]
            elif self.passed:
                passed = f"prism.yaml names another ruleset, `{self.passed}`, so its data do not count: give `--data`"
                refused.diagnostics = [
                    replace(d, help=passed) if d.code == "unbound-source" else d for d in refused.diagnostics
                ]
            raise

    def locate_out(self, resolved: Resolved, as_of: datetime | None) -> Path | None:
        """Fill the `out` of prism.yaml; None where there is none, or where it needs an unknown `as_of`."""
        from prism_rules.ruleset.contexts import OUT
        from prism_rules.templating import Template, parse_template

        if self.project is None or self.project.out is None:
            return None
        template = parse_template(self.project.out, shape=OUT, route=("out",))
        assert isinstance(template, Template), "the project was checked when it was loaded"
        if as_of is None and "as_of" in template.names:
            return None
        named = {"name": resolved.model.metadata.name, "version": resolved.model.metadata.version}
        return self.confine(template.render({"as_of": as_of, "ruleset": named}, escape=str))

    def show(self, path: Path | str) -> str:
        """Tell a path as a plan records it: relative to `root`, an absolute one outside prism.yaml as it was given."""
        if os.path.isabs(path) and not (self.project and Path(path).is_relative_to(self.root)):
            return Path(path).as_posix()
        return Path(os.path.relpath(path, self.root)).as_posix()

    def confine(self, path: str) -> Path:
        """Place a path of prism.yaml. Raises `Refused` (`outside-root`, exit 2) where it leads out of the folder."""
        place = place_inside(self.root, path, self.root)
        if place is None:
            raise refuse("outside-root", f"`{path}` lies outside the folder of prism.yaml", context="prism.yaml",
                         help="name a folder inside it, or give the option on the command line")  # fmt: skip
        return Path(os.path.relpath(place))


def demand_project(what: str, example: str) -> Path:
    """Find the prism.yaml here or above. Raises `Refused` (`no-ruleset`, exit 2), with how to name `what` instead."""
    from prism_rules.ruleset import find_project

    found = find_project(Path.cwd())
    if found is None:
        raise refuse("no-ruleset", f"no {what} is given, and there is no prism.yaml here or above",
                     help=f"name one: `prism-rules {example}`, or run this in the project's folder")  # fmt: skip
    return found


def find_setting(ruleset: Path | None) -> Setting:
    """Find what to work on: prism.yaml counts when no ruleset is given, or when it is the one that prism.yaml names."""
    from prism_rules.ruleset import find_project, load_project

    found = find_project(Path.cwd()) if ruleset else demand_project("ruleset", "plan rules.yaml")
    project = load_project(found) if found else None
    passed = None
    if found and project:
        named = Path(os.path.relpath(found.parent / project.ruleset))
        if ruleset is None or os.path.realpath(ruleset) == os.path.realpath(named):
            return Setting(found.parent, named, project)
        passed = named.as_posix()
    assert ruleset is not None, "either is there"
    return Setting(Path.cwd(), ruleset, None, passed)
