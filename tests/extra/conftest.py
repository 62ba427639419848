"""What the tests by programs of others share: packages of npm, a client of a language server, and a browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ["ajv@8.17.1", "ajv-formats@3.0.1", "yaml-language-server@1.25.0"]
MERMAID = ["mermaid@11.17.2", "jsdom@26.1.0"]
SERVER = "node_modules/yaml-language-server/bin/yaml-language-server"


@pytest.fixture(scope="session")
def fetch_packages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, list[str]], Path]:
    """Fetch packages of npm into a folder; what is then untested is told where they cannot be had."""

    def fetch(untested: str, packages: list[str]) -> Path:
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip(f"npm is not installed: {untested}")
        folder = tmp_path_factory.mktemp("node")
        got = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), *packages],
            capture_output=True,
            text=True,
            check=False,
        )
        if got.returncode:
            pytest.skip(f"npm cannot fetch {' and '.join(packages)}: {untested}")
        return folder

    return fetch


@pytest.fixture(scope="session")
def node_folder(fetch_packages: Callable[[str, list[str]], Path]) -> Path:
    return fetch_packages("the schemas are not read by ajv and yaml-language-server", PACKAGES)


@pytest.fixture(scope="session")
def mermaid_folder(fetch_packages: Callable[[str, list[str]], Path]) -> Path:
    return fetch_packages("maps and chains of causes are not drawn by Mermaid", MERMAID)


class LanguageServer:
    """yaml-language-server as an editor speaks to it: JSON-RPC over its standard input and output."""

    def __init__(self, node_folder: Path, workspace: Path) -> None:
        self.workspace = workspace
        self.diagnostics: dict[str, Any] = {}
        self._asked = self._opened = 0
        self._process = subprocess.Popen(
            ["node", str(node_folder / SERVER), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        markdown = {"documentationFormat": ["markdown", "plaintext"], "snippetSupport": True}
        capabilities = {
            "textDocument": {"completion": {"completionItem": markdown}, "hover": {"contentFormat": ["markdown"]}},
            "workspace": {"configuration": True},
        }
        self.ask("initialize", {"processId": None, "rootUri": workspace.as_uri(), "capabilities": capabilities})
        self.tell("initialized", {})

    def open(self, name: str, text: str) -> str:
        """Open a new file of the workspace in the editor and return its address. Its schema is the one it names."""
        self._opened += 1
        # The server keeps which schema a file has: two texts are two files.
        path = self.workspace / name
        uri = path.with_name(f"{self._opened}-{path.name}").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def close(self, uri: str) -> None:
        """Close a file."""
        self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})

    def diagnose(self, uri: str) -> list[Any]:
        """Wait for what the server says about an open file."""
        while uri not in self.diagnostics:
            self._take(self._read())
        diagnostics: list[Any] = self.diagnostics[uri]
        return diagnostics

    def ask(self, method: str, params: Any) -> Any:
        """Ask the server and wait for its answer."""
        self._asked += 1
        self._write({"id": self._asked, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == self._asked and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            self._take(message)

    def tell(self, method: str, params: Any) -> None:
        """Tell the server what needs no answer."""
        self._write({"method": method, "params": params})

    def stop(self) -> None:
        """End the server."""
        self.ask("shutdown", None)
        self.tell("exit", None)
        self._process.communicate(timeout=10)

    def _take(self, message: Any) -> None:
        """Take what the server says without being asked, and answer what it asks."""
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "id" in message:
            asked = message.get("params", {}).get("items", []) if message["method"] == "workspace/configuration" else []
            # No catalogue of schemas on the internet: the file says which it is.
            settings = {"yaml": {"schemaStore": {"enable": False}, "validate": True, "hover": True, "completion": True}}
            result = [settings.get(item["section"]) for item in asked] or None
            self._write({"id": message["id"], "result": result})

    def _write(self, message: Any) -> None:
        assert self._process.stdin is not None
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self._process.stdin.flush()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        length = 0
        while (line := self._process.stdout.readline()) != b"\r\n":
            assert line, "yaml-language-server has ended"
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return json.loads(self._process.stdout.read(length))


@pytest.fixture(scope="session")
def language_server(node_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """The server, over a workspace with our schemas where `prism-rules schema --out .prism` puts them."""
    from prism_rules.schemas import write_schemas

    workspace = tmp_path_factory.mktemp("workspace")
    write_schemas(workspace / ".prism")
    server = LanguageServer(node_folder, workspace)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window, driven by Playwright; it is installed where that is allowed and it is missing.

    `browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")` is a telephone at night.
    """
    untested = "pages are not looked at in a browser"
    playwright = pytest.importorskip("playwright.sync_api", reason=f"playwright is not installed: {untested}")
    program = find_chromium() or install_chromium()
    if program is None:
        pytest.skip(f"Chromium is not installed: {untested}")
    with playwright.sync_playwright() as driver:
        # A container's root may not have a sandbox of its own; the pages are ours.
        chromium = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def install_chromium() -> str | None:
    if shutil.which("apt-get") and os.geteuid() == 0:
        for task in (["update"], ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]):
            subprocess.run(["apt-get", *task], capture_output=True, check=False)
    return find_chromium()
