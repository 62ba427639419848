"""Finding the files that a ruleset extends: packs that ship and files of its project, each read once, within bounds."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from prism_rules.diagnostics import Diagnostic, Label, Refused, Spot, place_order
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.files import place_inside
from prism_rules.model.frozen import API_VERSION, Frozen, Many
from prism_rules.model.ruleset import Extended, Parent
from prism_rules.ruleset.composing.packs import find_packs, lets_in, read_pack, suggest_pin
from prism_rules.ruleset.form import find_flaws
from prism_rules.ruleset.project import find_project
from prism_rules.source import Read, Source, find_label, locate, read_source, suggest_file

MAX_FILES = 32
MAX_CHARACTERS = 8 * 1024 * 1024
"""Of all files together."""
MAX_DEPTH = 8
"""How many files one behind the other a ruleset may extend."""
_NAMED = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]*)(?:@(?P<pin>.*))?")


@dataclass(frozen=True, slots=True)
class Link:
    """One line of `extends`: the file that it names, what that must say, and where the line stands."""

    source: Source
    digest: str | None
    label: Label


@dataclass(frozen=True, slots=True)
class File:
    """A file, and what it extends."""

    source: Source
    links: tuple[Link, ...] = ()


class _Heir(Frozen):
    extends: Many[Parent]


def find_files(root: Source, read: Read = read_source) -> list[File]:
    """Find every file that a ruleset extends, each before those that extend it; the root is the last.

    Raises `Refused` (exit 2) with all that keeps a file from being read.
    """
    search = _Search(root, read)
    search.visit(root, search.root_key, {})
    if search.problems:
        raise Refused(sorted(search.problems, key=place_order), 2)
    return list(search.found.values())


@dataclass
class _Search:
    root: Source
    read: Read
    found: dict[str, File] = field(default_factory=dict)
    """Key of a file (its real path, or a pack's name) -> the file, in the order in which they were finished."""
    sources: dict[str, Source] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    full: bool = False

    @cached_property
    def root_key(self) -> str:
        return str(self.root.path.resolve()) if self.root.path else ""

    @cached_property
    def folder(self) -> Path:
        """The folder that no file leaves: that of the nearest prism.yaml above the ruleset, else the ruleset's own."""
        own = Path(self.root_key).parent
        project = find_project(own)
        return project.parent if project else own

    def visit(self, source: Source, key: str, chain: dict[str, Label]) -> None:
        """Find what a file extends, then the file is found. `chain` are the files that lead to it: key -> next line."""
        self.sources[key] = source
        links: list[Link] = []
        for parent, label in self._read_parents(source):
            place, digest = (parent, None) if isinstance(parent, str) else (parent.from_, parent.digest)
            there = self._open(place, source, label)
            if there is None:
                continue
            links.append(Link(self.sources[there], digest, label))
            path = {**chain, key: label}
            if there in path:
                self._tell_cycle(there, path)
            elif there not in self.found and len(path) > MAX_DEPTH:
                message = f"more than {MAX_DEPTH} files extend one another here"
                self.problems.append(Diagnostic("too-many-files", message, (label,), "extend fewer, side by side"))
            elif there not in self.found:
                self.visit(self.sources[there], there, path)
        self.found[key] = File(source, tuple(links))

    def _read_parents(self, source: Source) -> Iterator[tuple[str | Extended, Label]]:
        given = source.data.get("extends", [])
        try:
            parents = _Heir.model_validate({"extends": given}).extends
        except ValidationError as error:
            self.problems += locate((flaw.problem for flaw in find_flaws(error, _Heir, {"extends": given})), source)
            return
        for index, parent in enumerate(parents):
            inner = () if isinstance(parent, str) else ("from",)
            yield parent, find_label(Spot(("extends", index, *inner)), source)

    def _open(self, place: str, source: Source, label: Label) -> str | None:
        """Read the file that a line of `extends` names, if it was not read before, and give its key."""
        try:
            if place.startswith(("./", "../")):
                return self._open_file(place, source)
            named = _NAMED.fullmatch(place)
            if named is None:
                raise _describe_form(place)
            return self._open_pack(named["name"], named["pin"])
        except Refused as refused:
            # What cannot be read has no line of its own: that of whoever asked for it is shown.
            self.problems += [
                found if found.labels else replace(found, labels=(label,)) for found in refused.diagnostics
            ]
            return None

    def _open_file(self, place: str, source: Source) -> str:
        if source.path is None:
            message = f"`{place}` is relative to a file, and `{source.name}` is none of a project"
            raise _refuse("bad-extends", message, "extend packs here, or read the ruleset from its file")
        named = place_inside(source.path.resolve().parent, place, self.folder)
        if named is None:
            help = "move it there; a `prism.yaml` in a folder above both makes that folder the project"
            raise _refuse("outside-root", f"`{place}` lies outside the folder of the project", help)
        real = Path(os.path.realpath(named))
        key = str(real)
        if key not in self.sources:
            self._make_room()
            beside = Path(os.path.relpath(real, Path(self.root_key).parent)).as_posix()
            name = posixpath.normpath(posixpath.join(posixpath.dirname(self.root.name), beside))
            try:
                found = self.read(real, name=name)
            except Refused as refused:
                # What leads here is not what was meant: it would extend itself.
                help = suggest_file(real, self.sources.keys() - self.found.keys(), "Ruleset")
                raise Refused(
                    [replace(d, help=help) if d.code == "missing-file" else d for d in refused.diagnostics]
                ) from None
            if (found.data.get("apiVersion"), found.data.get("kind")) != (API_VERSION, "Ruleset"):
                help = f"a ruleset begins with `apiVersion: {API_VERSION}` and `kind: Ruleset`"
                raise _refuse("bad-extends", f"`{place}` is no ruleset", help)
            self.sources[key] = found
        return key

    def _open_pack(self, name: str, pin: str | None) -> str:
        packs, key = find_packs(), f"pack:{name}"
        if name not in packs:
            help = did_you_mean(name, packs) or "a file of your own is written with its folder: `./plants.yaml`"
            raise _refuse("unknown-pack", f"no pack that ships is called `{name}`", help)
        if key not in self.sources:
            self._make_room()
        source, version = read_pack(name, packs[name])
        suits, help = lets_in(pin, version) if pin is not None else None, f"write `{suggest_pin(name, version)}`"
        if suits is None:
            said = "does not say which versions it takes" if pin is None else f"has no pin that can be read: `{pin}`"
            raise _refuse("bad-extends", f"`{name}` {said}", help)
        if not suits:
            raise _refuse("pack-version", f"`{name}` ships as {version}, which `{pin}` does not take", help)
        self.sources.setdefault(key, source)
        return key

    def _make_room(self) -> None:
        if self.full:
            raise Refused([])
        large = sum(len(source.text) for source in self.sources.values()) > MAX_CHARACTERS
        self.full = large or len(self.sources) >= MAX_FILES
        if self.full:
            most = f"{MAX_CHARACTERS:,} characters" if large else f"{MAX_FILES} files"
            help = "say less in them" if large else "join some of them"
            raise _refuse("too-many-files", f"a ruleset of more than {most}", help)

    def _tell_cycle(self, first: str, path: dict[str, Label]) -> None:
        keys = [*path][[*path].index(first) :]
        names = [f"`{self.sources[key].name}`" for key in (*keys, first)]
        message = f"{names[0]} extends itself: {' → '.join(names)}"
        labels = tuple(path[key] for key in reversed(keys))
        self.problems.append(Diagnostic("extends-cycle", message, labels, "take one of these steps out"))


def _describe_form(place: str) -> Refused:
    looks = place.endswith((".yaml", ".yml")) and not place.startswith(("/", "~"))
    help = f"write `./{place}`" if looks else "write a pack with its version (`prism-core@^1`), or `./` and a path"
    return _refuse("bad-extends", f"`{place}` is neither a pack nor a path that begins with `./` or `../`", help)


def _refuse(code: str, message: str, help: str) -> Refused:
    return Refused([Diagnostic(code, message, (), help)])
