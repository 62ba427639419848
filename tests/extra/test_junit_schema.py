"""JUnit's XML holds to the schema by which Jenkins reads it, as lxml validates it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from prism_rules.render import RENDERERS
from prism_rules.render.narrowing import keep_changes
from tests.render.plans import make_glare_plan, make_hostile_plan, make_passing_plan

PYTEST = "pytest==8.3.5"
"""Its tests hold the schema, under its own licence: the source is fetched, and nothing of it is kept here."""
LXML = "lxml==6.0.2"
VALIDATE = """
import sys
from lxml import etree
schema = etree.XMLSchema(etree.parse(sys.argv[1]))
for path in sys.argv[2:]:
    schema.assertValid(etree.parse(path))
"""


def call(*command: str | Path) -> None:
    got = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if got.returncode:
        pytest.skip(f"{PYTEST} and {LXML} cannot be fetched: JUnit's XML is not validated by its schema")


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Fetch the schema, and a Python that has lxml."""
    folder = tmp_path_factory.mktemp("junit")
    call(sys.executable, "-m", "venv", folder / "venv")
    python = folder / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    call(python, "-m", "pip", "install", "--quiet", LXML)
    call(python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", folder, PYTEST)
    with tarfile.open(next(folder.glob("pytest-*.tar.gz"))) as archive:
        member = next(name for name in archive.getnames() if name.endswith("/junit-10.xsd"))
        found = archive.extractfile(member)
        assert found is not None
        (folder / "junit-10.xsd").write_bytes(found.read())
    return python, folder / "junit-10.xsd"


def validate(schema: tuple[Path, Path], folder: Path, *texts: str) -> subprocess.CompletedProcess[str]:
    paths = [folder / f"{number}.xml" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, "utf-8")
    command = [schema[0], "-c", VALIDATE, schema[1], *paths]
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)


def test_every_plan_is_valid(schema: tuple[Path, Path], tmp_path: Path) -> None:
    glare = make_glare_plan()
    plans = [glare, keep_changes(glare), make_passing_plan(), make_hostile_plan()]
    found = validate(schema, tmp_path, *(RENDERERS["junit"](plan) for plan in plans))
    assert (found.returncode, found.stderr) == (0, "")


def test_what_is_no_junit_is_refused(schema: tuple[Path, Path], tmp_path: Path) -> None:
    found = validate(schema, tmp_path, RENDERERS["junit"](make_glare_plan()).replace("<failure", "<failed"))
    assert "DocumentInvalid" in found.stderr or "XMLSyntaxError" in found.stderr
