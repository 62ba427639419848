"""The same ruleset and data give the same bytes, whatever the threads, the place, the zone or the order of rows."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from .conftest import AS_OF, Project, make_annotations, make_predictions, write_project


def write_data(project: Project, *, shuffled: bool = False, split: bool = False) -> None:
    """Confidences whose sum depends on the order in which floats are added, and reviewers who differ now and then."""
    number = pl.int_range(pl.len())
    predictions = pl.concat([make_predictions()] * 25).with_columns(
        image=pl.format("image-{}", number), score=0.5 + 1 / (3 + (number * 7919) % 997)
    )
    annotations = make_annotations().with_columns(
        label=pl.when(number % 7 == 3).then(pl.lit("dent")).otherwise(pl.col("label"))
    )
    if shuffled:
        predictions, annotations = (
            frame.sample(fraction=1, shuffle=True, seed=5) for frame in (predictions, annotations)
        )
    project.write("annotations", annotations)
    if split:
        (project.root / "data" / "predictions.parquet").unlink()
        for part in range(4):
            predictions[part * 250 : part * 250 + 250].write_parquet(project.root / "data" / f"part-{part}.parquet")
        text = (project.root / "prism.yaml").read_text("utf-8")
        (project.root / "prism.yaml").write_text(text.replace("data/predictions", "data/part-*"), "utf-8")
    else:
        project.write("predictions", predictions)


def read_written(project: Project, *, normalised: bool = False) -> dict[str, bytes]:
    """Every file of the plan; normalised, without the digests of the data and what derives from them."""
    folder = project.root / "plans" / AS_OF
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    if normalised:
        plan = json.loads(files["plan.json"])
        digests = [entry["digest"] for entry in plan["inputs"]]
        for entry in (*plan["inputs"], *(file for file in plan["files"] if file["path"] == "report.md")):
            entry.pop("digest", None)
            entry.pop("sha256", None)
            entry.pop("files", None)
        files["plan.json"] = json.dumps(plan, indent=2).encode()
        for digest in digests:
            short = digest.partition(":")[2][:12].encode()
            assert short in files["report.md"]
            files["report.md"] = re.sub(rb"bytes:" + short + rb"[0-9a-f]*", b"bytes:-", files["report.md"])
    return files


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = write_project(tmp_path_factory.mktemp("planned") / "first")
    write_data(project)
    done = project.run("plan", "--as-of", AS_OF, "--threads", "1", PYTHONHASHSEED="1", TZ="UTC")
    assert done.returncode == 1, done.stderr
    plan = json.loads((project.root / "plans" / AS_OF / "plan.json").read_bytes())
    assert {action["action"] for action in plan["actions"]} >= {"review-set", "relabel"}
    return project


@pytest.fixture
def first(planned: Project, tmp_path: Path) -> Project:
    return Project(shutil.copytree(planned.root, tmp_path / "first"))


SURROUNDINGS = {
    "threads": (("--threads", "2"), {}),
    "hash seed and zone": ((), {"PYTHONHASHSEED": "77", "TZ": "Pacific/Kiritimati"}),
    "locale": ((), {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"}),
    "memory": (("--memory-limit", "256MiB"), {}),
}


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_the_surroundings_change_no_byte(name: str, first: Project) -> None:
    before = read_written(first)
    options, environment = SURROUNDINGS[name]
    assert first.run("plan", "--as-of", AS_OF, *options, **environment).returncode == 1
    assert read_written(first) == before


def test_another_place_changes_no_byte(first: Project, make_project: Callable[[str], Project]) -> None:
    second = make_project("another place")
    write_data(second)
    below = Path(second.root / "below")
    below.mkdir()
    assert second.call("plan", "--as-of", AS_OF, cwd=below).returncode == 1
    assert read_written(second) == read_written(first)


@pytest.mark.parametrize("form", [{"shuffled": True}, {"split": True}, {"shuffled": True, "split": True}], ids=str)
def test_the_order_of_rows_and_their_files_change_only_the_digests_of_the_data(
    form: dict[str, bool], first: Project, make_project: Callable[[str], Project]
) -> None:
    second = make_project("second")
    write_data(second, **form)
    assert second.call("plan", "--as-of", AS_OF, "--threads", "2").returncode == 1
    assert read_written(second) != read_written(first)
    one, other = read_written(first, normalised=True), read_written(second, normalised=True)
    assert sorted(one) == sorted(other)
    assert {name for name in one if one[name] != other[name]} == set()
