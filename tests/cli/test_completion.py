"""What a shell is answered: commands, options, choices, files and names; never a message in the middle of a line."""

from __future__ import annotations

import pytest

from prism_rules.cli import COMMANDS, run
from prism_rules.cli.completion import VARIABLE
from prism_rules.diagnostics.pages import all_codes
from prism_rules.metrics import METRICS

from .conftest import AS_OF, Project


class Shell:
    """Asks as bash does: the words of the line, the last of them being completed."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capture = patch, capture

    def ask(self, *words: str) -> list[str]:
        """Give what the last word may become; files are asked of the shell itself."""
        self._capture.readouterr()
        with self._patch.context() as patch:
            patch.setenv(VARIABLE, "bash_complete")
            patch.setenv("COMP_WORDS", " ".join(["prism-rules", *words]))
            patch.setenv("COMP_CWORD", str(len(words)))
            assert run([]) == 0
        told = self._capture.readouterr()
        assert told.err == ""
        return [line.removeprefix("plain,") for line in told.out.splitlines() if line]


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


@pytest.fixture
def here(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(project.root)
    return project


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("pl",), ["plan"]),
        (("ledger", "ve"), ["verify"]),
        (("plan", "--fail-on-u"), ["--fail-on-unevaluated"]),
        (("plan", "--fail-on", ""), ["fail", "warn", "never"]),
        (("check", "--format", "s"), ["sarif"]),
        (("render", ""), ["file,"]),
        (("plan", "--baseline", "pla"), ["file,pla"]),
        (("nothing", "x"), []),
        (("plan", "--nothing", "x"), ["file,x"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_the_command_line_knows(words: tuple[str, ...], answer: list[str], shell: Shell) -> None:
    assert shell.ask(*words) == answer


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("plan", "--format", "=", "js"), ["json"]),
        (
            (
                "plan",
                "--format=js",
            ),
            ["--format=json"],
        ),
        (("plan", "--format", "=", "json", "--fail-on", "=", "n"), ["never"]),
        (("plan", "--select", "=", "low"), ["low-confidence"]),
        (("plan", "--data", "pred"), ["predictions="]),
        (("plan", "--data", "predictions", "=", "da"), ["file,da"]),
        (("diff", "surf"), ["file,surf"]),
        (("diff", "v1", ":", "a.yaml", "b"), ["file,b"]),
        (("metrics", "--role", "ann"), ["annotations"]),
        (("schema", "pl"), ["plan"]),
        (("init", "--from", "prism-c"), ["prism-core"]),
        (("show", "--class", "de"), ["dent"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
@pytest.mark.usefixtures("here")
def test_values_are_completed_as_bash_splits_them(words: tuple[str, ...], answer: list[str], shell: Shell) -> None:
    assert shell.ask(*words) == answer


def test_all_commands(shell: Shell) -> None:
    assert shell.ask("") == sorted(COMMANDS, key=COMMANDS.index)


def test_rules_of_the_project_here(here: Project, shell: Shell) -> None:
    assert shell.ask("plan", "--select", "") == ["class-agreement", "low-confidence"]
    assert shell.ask("show", "--rule", "lo") == ["low-confidence"]
    assert shell.ask("waive", "cl") == ["class-agreement"]
    (here.root / "rules.yaml").rename(here.root / "other.yaml")
    assert shell.ask("plan", "--select", "lo") == []
    assert shell.ask("explain", "--ruleset", "other.yaml", "low-") == ["low-confidence"]


@pytest.mark.usefixtures("here")
def test_what_explain_explains(shell: Shell) -> None:
    assert set(shell.ask("explain", "")) == {
        *all_codes(), *METRICS, "low-confidence", "class-agreement", "unsure-model", "review-set", "relabel",
        "measure-agreement",
    }  # fmt: skip
    assert shell.ask("explain", "krippendorff_a") == ["krippendorff_alpha"]


def test_actions_of_the_ledger_and_ids_of_a_plan(here: Project, shell: Shell) -> None:
    assert shell.ask("decide", "rel") == []
    assert here.call("plan", "--as-of", AS_OF, "--record").returncode == 1
    name, identity = shell.ask("decide", "rel")
    assert (name, identity[:8]) == ("relabel", "relabel-")
    assert shell.ask("ledger", "show", "rel") == [name, identity]
    (finding,) = shell.ask("waive", "--plan", f"plans/{AS_OF}", "low")
    assert set(shell.ask("explain", "--plan", f"plans/{AS_OF}", "")) >= {finding, identity}


@pytest.mark.parametrize("text", ["rules: [", "kind: Ruleset\n", "\x00"])
def test_a_broken_ruleset_completes_nothing(text: str, here: Project, shell: Shell) -> None:
    (here.root / "rules.yaml").write_text(text, "utf-8")
    assert shell.ask("plan", "--select", "") == []
    assert set(shell.ask("explain", "")) == {*all_codes(), *METRICS}


def test_nothing_is_completed_where_nothing_is(
    tmp_path: pytest.TempPathFactory, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    for words in (("plan", "--select", ""), ("decide", ""), ("waive", "--plan", "nowhere", ""), ("ledger", "show", "")):
        assert shell.ask(*words) == []


@pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, f"{kind}_source")
    assert run([]) == 0
    told = capsys.readouterr()
    assert (told.err, f"{VARIABLE}={kind}_complete" in told.out) == ("", True)


def test_another_shell_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(VARIABLE, "tcsh_source")
    assert run([]) == 2
    assert "only bash, zsh and fish" in capsys.readouterr().err
