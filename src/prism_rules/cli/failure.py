"""What nobody expected: a short message on the terminal, and the traceback in a file that can be sent with a report."""

from __future__ import annotations

import errno
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence

from prism_rules import __version__
from prism_rules.cli.terminal import Ending


def describe_failure(error: Exception, arguments: Sequence[str]) -> Ending:
    """Write the traceback into a file and say which: exit 4.

    What needs none: 2 where a path is too long for the system, 6 where memory ran out, 8 where stdout is gone.
    """
    if isinstance(error, MemoryError):
        return Ending(6, "there is not enough memory for this")
    if isinstance(error, OSError) and error.filename is None and error.errno in (errno.ENOSPC, errno.EIO):
        # What is buffered must not be written again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Ending(8, f"standard output could not be written: {error.strerror}")
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return Ending(2, f"{error.strerror}: {str(error.filename)[:40]}...")
    told = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return Ending(4, f"internal error: {told}; {_write_report(error, arguments)}")


def _write_report(error: Exception, arguments: Sequence[str]) -> str:
    lines = [
        f"prism-rules {__version__} on Python {platform.python_version()}, {platform.platform()}",
        f"arguments: {list(arguments)}",
        "",
        *traceback.format_exception(error),
    ]
    try:
        descriptor, path = tempfile.mkstemp(prefix="prism-rules-failure-", suffix=".txt")
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("\n".join(lines))
    except OSError as failed:
        return f"and no report could be written: {failed.strerror}"
    return f"please send us the report in {path}"
