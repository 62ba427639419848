"""The JSON Schemas mean the same to an implementation that is not ours: ajv, in its strict mode."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCHEMAS = sorted((ROOT / "schemas").glob("*.json"))

# Strict: an unknown keyword or format is an error. `discriminator` is OpenAPI's: an annotation, beside a plain `oneOf`.
# The others are what editors show: annotations too.
SCRIPT = """
const ajv = new (require("ajv/dist/2020"))({strict: true, strictTypes: false, allErrors: true});
ajv.addVocabulary(["discriminator", "defaultSnippets", "doNotSuggest", "enumDescriptions", "errorMessage",
  "markdownDescription", "markdownEnumDescriptions", "patternErrorMessage"]);
require("ajv-formats")(ajv);
const [schema, ...documents] = process.argv.slice(1).map((path) => JSON.parse(require("fs").readFileSync(path)));
const accepts = ajv.compile(schema);
console.log(JSON.stringify(documents.map((document) => accepts(document) ? [] : accepts.errors)));
"""


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.name)
def test_ajv_compiles_the_schema_and_refuses_an_empty_document(schema: Path, node_folder: Path) -> None:
    empty = node_folder / "empty.json"
    empty.write_text("{}", "utf-8")
    done = subprocess.run(
        ["node", "-e", SCRIPT, str(schema), str(empty)], cwd=node_folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (errors,) = json.loads(done.stdout)
    assert "required" in {error["keyword"] for error in errors}
