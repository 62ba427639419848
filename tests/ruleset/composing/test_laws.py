"""Laws of merging: neither the order of keys nor that of parents counts, nor by how many ways a file is reached."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prism_rules.ruleset import load_ruleset
from prism_rules.ruleset.composing import Composed, compose
from prism_rules.source import parse, read_source

HEAD = {"apiVersion": "prism-rules/v1", "kind": "Ruleset", "metadata": {"name": "law", "version": "1.0.0"}}
RISKS = st.sampled_from(["low", "medium", "high"])
FIELDS = st.fixed_dictionaries({}, optional={"risk": RISKS, "owner": RISKS, "family": RISKS})
PLAIN = st.dictionaries(st.sampled_from(["dent", "ok", "seam"]), FIELDS, max_size=3)
LAW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(folder: Path, name: str, classes: Any, *parents: str, seed: int = 0) -> Path:
    """Write a file whose keys stand in an order that the seed decides."""
    document = {**HEAD, "extends": [f"./{parent}.yaml" for parent in parents], "classes": classes}
    if not parents:
        document.pop("extends")
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(_shuffle(document, random.Random(seed))))
    return path


def _shuffle(value: Any, dice: random.Random) -> Any:
    if not isinstance(value, dict):
        return value
    keys = list(value)
    dice.shuffle(keys)
    return {key: _shuffle(value[key], dice) for key in keys}


def read(path: Path) -> Composed:
    return compose(read_source(path))


def classes_of(path: Path) -> tuple[Any, list[str]]:
    composed = read(path)
    return composed.composition.data.get("classes"), sorted(problem.message for problem in composed.problems)


@LAW
@given(below=PLAIN, own=PLAIN, seed=st.integers(0, 9))
def test_an_overlay_is_the_update_of_each_entry(tmp_path: Path, below: Any, own: Any, seed: int) -> None:
    write(tmp_path, "below", below, seed=seed)
    root = write(tmp_path, "root", own, "below", seed=seed + 1)
    merged = {name: {**below.get(name, {}), **own.get(name, {})} for name in {**below, **own}}
    assert classes_of(root) == (merged, [])


@LAW
@given(first=PLAIN, second=PLAIN, third=PLAIN, seed=st.integers(0, 9))
def test_parents_have_no_order_and_may_be_grouped(
    tmp_path: Path, first: Any, second: Any, third: Any, seed: int
) -> None:
    for name, classes in (("a", first), ("b", second), ("c", third)):
        write(tmp_path, name, classes, seed=seed)
    forward = read(write(tmp_path, "forward", {}, "a", "b", "c"))
    backward = read(write(tmp_path, "backward", {}, "c", "b", "a", seed=seed))
    assert sorted(p.message for p in forward.problems) == sorted(p.message for p in backward.problems)
    if not forward.problems:
        assert forward.composition.data["classes"] == backward.composition.data["classes"]
        write(tmp_path, "ab", {}, "a", "b")
        assert classes_of(write(tmp_path, "grouped", {}, "ab", "c"))[0] == forward.composition.data["classes"]


@LAW
@given(base=PLAIN, left=PLAIN, right=PLAIN)
def test_a_diamond_is_no_conflict(tmp_path: Path, base: Any, left: Any, right: Any) -> None:
    write(tmp_path, "base", base)
    write(tmp_path, "left", left, "base")
    write(tmp_path, "right", {name: entry for name, entry in right.items() if name not in left}, "base")
    root = write(tmp_path, "root", {}, "left", "base", "right", "left")
    kept = {name: entry for name, entry in right.items() if name not in left}
    merged = {
        name: {**base.get(name, {}), **left.get(name, {}), **kept.get(name, {})} for name in {**base, **left, **kept}
    }
    assert classes_of(root) == (merged, [])


@LAW
@given(base=PLAIN, gone=st.sampled_from(["dent", "ok", "seam"]), right=PLAIN)
def test_what_one_way_removes_no_other_way_brings_back(tmp_path: Path, base: Any, gone: str, right: Any) -> None:
    write(tmp_path, "base", {**base, gone: {"risk": "low"}})
    write(tmp_path, "left", {gone: None}, "base")
    write(tmp_path, "right", {name: entry for name, entry in right.items() if name != gone}, "base")
    found, problems = classes_of(write(tmp_path, "root", {}, "right", "left"))
    assert (gone in found, problems) == (False, [])
    assert found.keys() == {*base, *right} - {gone}


def test_a_ruleset_of_several_files_is_the_one_that_is_written_whole(tmp_path: Path) -> None:
    rule = {"source": "seen", "metric": "volume", "fail": {"below": 10}}
    seen = {"role": "predictions", "fields": {"id": "id", "time": "time", "class": "class"}}
    rest = {"defaults": {"window": "7d"}, "sources": {"seen": seen}}
    (tmp_path / "base.yaml").write_text(json.dumps({**HEAD, **rest, "rules": {"volume": rule, "gone": rule}}))
    own = {"rules": {"volume": {"fail": {"below": 20}}, "gone": None}}
    (tmp_path / "root.yaml").write_text(json.dumps({**HEAD, "extends": ["./base.yaml"], **own}))
    whole = {**HEAD, **rest, "rules": {"volume": {**rule, "fail": {"below": 20}}}}
    joined = load_ruleset(tmp_path / "root.yaml")
    alone = load_ruleset(parse(json.dumps(whole).encode(), "whole.yaml"))
    assert (joined.digest, joined.model) == (alone.digest, alone.model)
    assert [file.path for file in joined.files] == [(tmp_path / name).as_posix() for name in ("root.yaml", "base.yaml")]
