"""The JSON Schemas say what the models say, to a validator that is not ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from prism_rules import schemas
from prism_rules.cli import run
from prism_rules.diagnostics import Refused
from prism_rules.schemas import MODELS, find_shipped, list_stale, make_schema, name_file, write_schemas
from prism_rules.source import read_source

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", MODELS)
def test_a_schema_is_one_and_refuses_an_empty_document(name: str) -> None:
    schema = make_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert not Draft202012Validator(schema).is_valid({})


def test_what_is_shipped_is_fresh_and_nothing_else() -> None:
    assert list_stale() == []
    assert sorted(path.name for path in find_shipped().iterdir()) == sorted(map(name_file, MODELS))


def test_what_differs_or_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "find_shipped", lambda: tmp_path)
    write_schemas(tmp_path, ["plan", "ruleset"])
    path = tmp_path / name_file("plan")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    ruleset = tmp_path / name_file("ruleset")
    ruleset.write_text(ruleset.read_text("utf-8").replace("A ruleset", "The ruleset"), "utf-8")
    assert list_stale() == [f"{name}.v1.schema.json" for name in MODELS if name != "plan"]


@pytest.mark.parametrize(
    ("schema", "path"),
    [("ruleset", "examples/glare/surface-inspection.yaml"), ("project", "examples/glare/prism.yaml")],
)
def test_the_example_is_valid(schema: str, path: str) -> None:
    errors = [error.message for error in Draft202012Validator(make_schema(schema)).iter_errors(read(path))]
    assert errors == []


def read(path: str) -> dict[str, Any]:
    return read_source(ROOT / path).data


def forget_metadata(ruleset: dict[str, Any]) -> None:
    del ruleset["metadata"]


def misspell(ruleset: dict[str, Any]) -> None:
    ruleset["rules"]["low-confidence"]["mertic"] = "mean_confidence"


def write_text(ruleset: dict[str, Any]) -> None:
    ruleset["rules"]["class-agreement"]["fail"]["below"] = "0.75"


def misname_kind(ruleset: dict[str, Any]) -> None:
    ruleset["causes"]["unseen-lighting"]["kind"] = "bad_luck"


def unquote_version(ruleset: dict[str, Any]) -> None:
    ruleset["metadata"]["version"] = 1.1


def misread_duration(ruleset: dict[str, Any]) -> None:
    ruleset["defaults"]["window"] = "a week"


@pytest.mark.parametrize(
    "spoil", [forget_metadata, misspell, write_text, misname_kind, unquote_version, misread_duration]
)
def test_what_the_program_refuses_an_editor_refuses(spoil: Any) -> None:
    ruleset = read("examples/glare/surface-inspection.yaml")
    spoil(ruleset)
    assert not Draft202012Validator(make_schema("ruleset")).is_valid(ruleset)


def test_what_people_read_in_an_editor_comes_from_the_models() -> None:
    rule = make_schema("plan")["$defs"]["Finding"]
    assert rule["description"] == "A rule's judgement of one measurement."


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused) as refused:
        write_schemas(tmp_path / "file" / "schemas")
    assert refused.value.exit_code == 8


def test_one_schema_can_be_written_alone(tmp_path: Path) -> None:
    assert write_schemas(tmp_path, ["ledger"]) == [tmp_path / "ledger.v1.schema.json"]
    assert json.loads((tmp_path / "ledger.v1.schema.json").read_bytes())["title"] == "An entry of the ledger"


def test_those_that_are_named_are_written_and_one_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "test", "project", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["project.v1.schema.json", "test.v1.schema.json"]
    capsys.readouterr()
    assert run(["schema", "test"]) == 0
    assert capsys.readouterr().out == (tmp_path / "test.v1.schema.json").read_text("utf-8")
    assert run(["schema", "test", "project"]) == 2
    assert "--out DIR" in capsys.readouterr().err
