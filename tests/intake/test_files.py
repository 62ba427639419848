"""Files that a source is tied to: found, inside the project, whole, and the same until the end."""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from prism_rules.diagnostics import Refused
from prism_rules.diagnostics.pages import all_codes
from prism_rules.diagnostics.text import format_text
from prism_rules.intake import check_unchanged

COLUMNS = ("id", "time", "class", "confidence", "label", "overridden", "site", "lighting", "brightness")
ROW = {"time": "2026-02-28", "class": "dent", "confidence": 0.5, "site": "p"}
RULES = {"sure": {"source": "predictions", "metric": "mean_confidence", "fail": {"below": 0.5}}}


@pytest.fixture
def project(world: Any) -> Path:
    """A project folder with `good.parquet`, and beside it `outside/other.parquet`."""
    for folder in ("project/data/deep", "outside"):
        (world.folder / folder).mkdir(parents=True)
    good = world.write("good", [ROW], COLUMNS)
    shutil.copy(good, world.folder / "outside" / "other.parquet")
    return Path(shutil.move(good, world.folder / "project" / "good.parquet")).parent


def tie(world: Any, project: Path, confined: bool = False, **data: str) -> Any:
    return world.bind(world.load(rules=RULES), data, root=project, confined=data if confined else ())


def refuse(world: Any, project: Path, confined: bool = False, **data: str) -> Refused:
    with pytest.raises(Refused) as refused:
        tie(world, project, confined, **data)
    for diagnostic in refused.value.diagnostics:
        assert diagnostic.code in all_codes()
        assert diagnostic.help
        assert str(project.parent) not in format_text([diagnostic]).replace(str(project / "x"), "")
    return refused.value


def empty(path: Path) -> None:
    path.write_bytes(b"")


def write_text(path: Path) -> None:
    path.write_text("id,class\n1,dent\n" * 100)


def truncate(path: Path) -> None:
    path.write_bytes(path.with_name("good.parquet").read_bytes()[:-20])


def break_footer(path: Path) -> None:
    whole = path.with_name("good.parquet").read_bytes()
    path.write_bytes(whole[:-60] + b"\xff" * 52 + whole[-8:])


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere.parquet")


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def copy_good(path: Path) -> None:
    shutil.copy(path.with_name("good.parquet"), path)


@pytest.mark.parametrize(
    ("make", "name", "code"),
    [
        (None, "absent.parquet", "missing-data"),
        (None, "data/*.parquet", "missing-data"),
        (None, "**/none-*.parquet", "missing-data"),
        (None, "data", "unreadable-data"),
        (make_folder, "folder.parquet", "unreadable-data"),
        (make_pipe, "pipe.parquet", "unreadable-data"),
        (link_to_nothing, "dangling.parquet", "missing-data"),
        (link_to_itself, "loop.parquet", "missing-data"),
        (empty, "empty.parquet", "unreadable-data"),
        (write_text, "text.parquet", "unreadable-data"),
        (truncate, "truncated.parquet", "unreadable-data"),
        (break_footer, "footer.parquet", "unreadable-data"),
        (write_text, "data.csv", "unsupported-format"),
        (copy_good, "good.pq", "unsupported-format"),
        (copy_good, "a[1].parquet", "unreadable-data"),
        (copy_good, "star*.parquet", "unreadable-data"),
        (copy_good, "what?.parquet", "unreadable-data"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    world: Any, project: Path, make: Callable[[Path], None] | None, name: str, code: str
) -> None:
    if make:
        make(project / name)
    refused = refuse(world, project, predictions=name)
    assert (refused.exit_code, [d.code for d in refused.diagnostics]) == (3, [code])
    assert refused.diagnostics[0].context == name


def test_a_name_that_is_a_pattern_never_reads_another_file(world: Any, project: Path) -> None:
    copy_good(project / "a[1].parquet")
    world.folder.joinpath("project", "a1.parquet").write_bytes(b"not even Parquet")
    assert refuse(world, project, predictions="a[1].parquet").diagnostics[0].code == "unreadable-data"


def test_every_bad_file_of_every_source_is_told_at_once(world: Any, project: Path) -> None:
    empty(project / "data" / "a.parquet")
    write_text(project / "data" / "b.parquet")
    copy_good(project / "c.txt")
    resolved = world.load(rules=RULES | {"then": {**RULES["sure"], "source": "validation-run"}})
    with pytest.raises(Refused) as refused:
        world.bind(resolved, {"predictions": "data/*.parquet", "validation-run": "c.txt"}, root=project)
    assert [(d.code, d.context) for d in refused.value.diagnostics] == [
        ("unreadable-data", "data/a.parquet"), ("unreadable-data", "data/b.parquet"), ("unsupported-format", "c.txt"),
    ]  # fmt: skip


OUTSIDE = ["../outside/other.parquet", "../outside/*.parquet", "../outside/nothing.parquet", "{abs}", "/**/*.parquet",
           "data/../../outside/other.parquet", "/etc/passwd"]  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_projects_paths_stay_inside_of_it(world: Any, project: Path, path: str) -> None:
    path = path.replace("{abs}", str(world.folder / "outside" / "other.parquet"))
    with pytest.raises(Refused) as refused:
        tie(world, project, confined=True, predictions=path)
    assert (refused.value.exit_code, [d.code for d in refused.value.diagnostics]) == (3, ["data-outside-project"])


def test_a_pattern_that_leads_outside_does_not_even_look(
    world: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    watched = SimpleNamespace(has_magic=glob.has_magic, glob=lambda *given, **_: looked.append(given) or [])
    monkeypatch.setattr("prism_rules.intake.glob", watched)
    refuse(world, project, confined=True, predictions="../**/*.parquet")
    assert not looked


@pytest.mark.parametrize(("link", "name"), [("link.parquet", "link.parquet"), ("data/link", "data/link/other.parquet")])
def test_a_projects_links_stay_inside_of_it(world: Any, project: Path, link: str, name: str) -> None:
    outside = world.folder / "outside"
    (project / link).symlink_to(outside / "other.parquet" if link.endswith("parquet") else outside)
    assert [d.code for d in refuse(world, project, confined=True, predictions=name).diagnostics] == [
        "data-outside-project"
    ]
    assert [d.code for d in refuse(world, project, confined=True, predictions="**/*.parquet").diagnostics] == [
        "data-outside-project"
    ]
    assert len(tie(world, project, predictions=name).files) == 1, "on the command line paths may be anywhere"


@pytest.mark.parametrize(
    "path", ["good.parquet", "./good.parquet", "data/../good.parquet", "*.parquet", "{root}/good.parquet"]
)
def test_a_projects_own_files_are_read(world: Any, project: Path, path: str) -> None:
    [file] = tie(world, project, confined=True, predictions=path.replace("{root}", str(project))).files
    assert file.path == os.path.realpath(project / "good.parquet")


def test_a_project_may_itself_be_reached_through_a_link_or_hold_brackets(world: Any, project: Path) -> None:
    linked = world.folder / "linked"
    linked.symlink_to(project)
    for path in ("good.parquet", "*.parquet", f"{linked}/good.parquet"):
        assert len(tie(world, linked, confined=True, predictions=path).files) == 1


def test_a_folder_of_the_roots_path_is_no_pattern(world: Any, project: Path) -> None:
    odd = world.folder / "odd [1]"
    shutil.copytree(project, odd)
    for path in ("good.parquet", "*.parquet"):
        assert [d.code for d in refuse(world, odd, predictions=path).diagnostics] == ["unreadable-data"]


def test_two_names_of_a_file_count_once(world: Any, project: Path) -> None:
    (project / "data" / "alias.parquet").symlink_to(project / "good.parquet")
    intake = tie(world, project, predictions="**/*.parquet")
    assert [file.shown for file in intake.files] == ["data/alias.parquet"]


def test_a_link_from_a_store_without_extensions_is_read_by_its_name(world: Any, project: Path) -> None:
    shutil.copy(project / "good.parquet", project / "data" / "9f86d081")
    (project / "stored.parquet").symlink_to("data/9f86d081")
    [file] = tie(world, project, confined=True, predictions="stored.parquet").files
    assert file.shown == "stored.parquet"


def test_digests_are_of_the_bytes_and_of_no_order(world: Any, project: Path) -> None:
    for name in ("data/b.parquet", "data/a.parquet"):
        pl.read_parquet(project / "good.parquet").with_columns(id=pl.lit(name)).write_parquet(project / name)
    intake = tie(world, project, predictions="data/*.parquet")
    digests = [hashlib.sha256((project / f"data/{name}.parquet").read_bytes()).hexdigest() for name in "ab"]
    assert [(file.shown, file.sha256, file.size) for file in intake.files] == [
        (f"data/{name}.parquet", digest, (project / f"data/{name}.parquet").stat().st_size)
        for name, digest in zip("ab", digests, strict=True)
    ]
    whole = hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()
    assert intake.sources["predictions"].digest == f"bytes:{whole}"
    (project / "data/a.parquet").rename(project / "data/c.parquet")
    assert tie(world, project, predictions="data/*.parquet").sources["predictions"].digest == f"bytes:{whole}"


def append(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"x")


def touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize("change", [append, touch, os.unlink, empty])
def test_a_file_that_changed_since_its_digest_is_told(
    world: Any, project: Path, change: Callable[[Path], None]
) -> None:
    intake = tie(world, project, predictions="good.parquet")
    check_unchanged(intake)
    change(project / "good.parquet")
    with pytest.raises(Refused) as refused:
        check_unchanged(intake)
    [diagnostic] = refused.value.diagnostics
    assert (refused.value.exit_code, diagnostic.code, diagnostic.context) == (7, "data-changed", "good.parquet")


def test_data_for_an_unknown_source_is_refused_before_all_else(world: Any, project: Path) -> None:
    refused = refuse(world, project, prediction="absent.parquet", predictions="absent.parquet")
    assert (refused.exit_code, [d.code for d in refused.diagnostics]) == (2, ["unknown-source"])
    assert refused.diagnostics[0].help == "did you mean `predictions`?"


def test_a_source_that_is_read_and_has_no_data_is_told_where_it_is_read(world: Any, project: Path) -> None:
    sources = {"annotations": {"lookup": {"predictions": ["lighting"]}}}
    rules = {"agree": {"source": "annotations", "metric": "krippendorff_alpha", "fail": {"below": 0.5}},
             "then": {**RULES["sure"], "fail": {"drop": 0.1}, "baseline": {"source": "validation-run"}}}  # fmt: skip
    with pytest.raises(Refused) as refused:
        world.bind(world.load(sources=sources, rules=rules), {"training": "good.parquet"}, root=project)
    found = refused.value.diagnostics
    assert refused.value.exit_code == 3
    told = {d.message: d.labels[0] for d in found if d.code == "unbound-source"}
    assert [message.split("`")[1] for message in told] == ["annotations", "predictions", "validation-run"]
    for message, label in told.items():
        named = message.split("`")[1]
        assert label.source_line[label.col - 1 : label.end - 1].strip('"') in (named, '["lighting"]')
        assert label.text == "is read here"


def test_sources_that_nothing_reads_need_no_data(world: Any, project: Path) -> None:
    assert [*tie(world, project, predictions="good.parquet").sources] == ["predictions"]


def test_a_file_that_changes_while_it_is_evaluated_ends_the_run(
    world: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prism_rules import pipeline

    evaluate = pipeline.evaluate

    def evaluate_and_append(*given: Any, **more: Any) -> Any:
        evaluation = evaluate(*given, **more)
        append(project / "good.parquet")
        return evaluation

    resolved = world.load(rules=RULES)
    assert pipeline.run(resolved, {"predictions": "good.parquet"}, root=project).plan.inputs[0].rows == 1
    monkeypatch.setattr(pipeline, "evaluate", evaluate_and_append)
    with pytest.raises(Refused) as refused:
        pipeline.run(resolved, {"predictions": "good.parquet"}, root=project)
    assert (refused.value.exit_code, [d.code for d in refused.value.diagnostics]) == (7, ["data-changed"])
