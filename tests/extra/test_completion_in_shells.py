"""Completion in real shells: the documented line is evaluated, and a word is completed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
BASH = """
eval "$(_PRISM_RULES_COMPLETE=bash_source prism-rules)"
complete -p prism-rules
COMP_WORDS=(prism-rules plan --fail-on w)
COMP_CWORD=3
_prism_rules_completion prism-rules w --fail-on
echo "${COMPREPLY[@]}"
"""
FISH = "_PRISM_RULES_COMPLETE=fish_source prism-rules | source; complete --do-complete 'prism-rules plan --fail-on w'"
ZSH = """
autoload -U compinit; compinit -u
eval "$(_PRISM_RULES_COMPLETE=zsh_source prism-rules)"
echo ${_comps[prism-rules]}
"""


@pytest.mark.parametrize(
    ("shell", "script", "told"),
    [
        ("bash", BASH, "complete -o nosort -F _prism_rules_completion prism-rules\nwarn\n"),
        ("fish", FISH, "warn\n"),
        ("zsh", ZSH, "_prism_rules_completion\n"),
    ],
)
def test_a_shell_completes(shell: str, script: str, told: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed: nothing is completed in it")
    done = subprocess.run(
        [program, "-c", script], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == (told, "")
