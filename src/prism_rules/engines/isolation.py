"""The process border: an engine in this process for trusted rulesets, in a limited child for all others."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.engines import Batch, Begin, Engine, Limits, begin_unseen
from prism_rules.engines.child import read_frame, write_frame
from prism_rules.engines.duckdb import explain_lateness

if TYPE_CHECKING:
    import polars as pl

    from prism_rules.engines.duckdb import Database

SPILL = "prism-rules-spill-"
"""How the name of a spill folder begins; the number of the process follows."""


@contextlib.contextmanager
def open_engine(limits: Limits, *, isolated: bool, begin: Begin = begin_unseen) -> Iterator[Engine]:
    """Open an engine with a spill folder of its own, which is gone when the context ends.

    Isolated: a child with an empty environment, bounded address space, processor time and wall clock.
    """
    with hold_spill() as spill:
        if isolated:
            with _start_child(limits) as child:
                yield _ChildEngine(child, limits, spill, begin)
        else:
            with contextlib.closing(_LocalEngine(limits, spill, begin)) as engine:
                yield engine


@contextlib.contextmanager
def hold_spill() -> Iterator[Path]:
    """Make a folder that nobody else may read and that is gone when the context ends, or with the next run's begin."""
    _sweep_spills(Path(tempfile.gettempdir()))
    spill = Path(tempfile.mkdtemp(prefix=f"{SPILL}{os.getpid()}-"))
    try:
        yield spill
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _sweep_spills(folder: Path) -> None:
    """Remove what killed runs left, which may be many gigabytes."""
    if os.name == "nt":  # Windows has no question to a process that it would survive
        return
    for left in folder.glob(f"{SPILL}*"):
        named = re.fullmatch(rf"{SPILL}([0-9]{{1,9}})-\w+", left.name)
        if named and not _is_alive(int(named[1])):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


class _LocalEngine:
    def __init__(self, limits: Limits, spill: Path, begin: Begin) -> None:
        self._limits, self._spill, self._begin = limits, spill, begin
        self._database: Database | None = None

    def answer(self, batch: Batch) -> Mapping[str, pl.DataFrame]:
        from prism_rules.engines.duckdb import Database

        self._database = self._database or Database(self._limits, self._spill, self._begin)
        return self._database.answer(batch)

    def close(self) -> None:
        if self._database is not None:
            self._database.close()


@dataclass(frozen=True)
class _ChildEngine:
    child: subprocess.Popen[bytes]
    limits: Limits
    spill: Path
    begin: Begin

    def answer(self, batch: Batch) -> Mapping[str, pl.DataFrame]:
        import polars as pl

        request = {**asdict(batch), "limits": asdict(self.limits), "spill": str(self.spill)}
        late = threading.Event()

        def end() -> None:
            late.set()
            self.child.kill()

        clock = threading.Timer(self.limits.seconds, end)
        clock.start()
        try:
            return self._exchange(request)
        except (OSError, EOFError, ValueError, LookupError, TypeError, pl.exceptions.PolarsError) as error:
            # A child that has gone astray may also answer, with anything at all.
            raise self._explain_end(late.is_set()) from error
        finally:
            clock.cancel()

    def _exchange(self, request: dict[str, object]) -> Mapping[str, pl.DataFrame]:
        import polars as pl

        requests, replies = _require(self.child.stdin), _require(self.child.stdout)
        write_frame(requests, json.dumps(request).encode())  # type: ignore[arg-type]
        header = json.loads(self._read(replies))
        while "begun" in header:
            self.begin(str(header["begun"]))
            header = json.loads(self._read(replies))
        if "refused" in header:
            raise Refused(
                [
                    Diagnostic(code, message, help=help_, context=context)
                    for code, message, help_, context in header["refused"]
                ],
                header["exit_code"],
            )
        return {name: pl.read_ipc_stream(io.BytesIO(self._read(replies))) for name in header["tables"]}

    @staticmethod
    def _read(replies: IO[bytes]) -> bytes:
        frame = read_frame(replies)  # type: ignore[arg-type]
        if frame is None:
            raise EOFError("the engine ended without an answer")
        return frame

    def _explain_end(self, late: bool) -> Refused:
        try:
            code = self.child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            code = 0
        if late:
            return explain_lateness(self.limits)
        cause = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        budget = code < 0 and -code in (signal.SIGKILL, getattr(signal, "SIGXCPU", signal.SIGKILL))
        return Refused(
            [
                Diagnostic(
                    "engine-ended",
                    f"the engine's process ended by {cause} before it answered",
                    help=(
                        "the evaluation was too large for its limits; give --memory-limit or --timeout"
                        if budget
                        else "a data file may be damaged; check its digest against the one it was published with"
                    ),
                )
            ],
            6 if budget else 3,
        )


@contextlib.contextmanager
def _start_child(limits: Limits) -> Iterator[subprocess.Popen[bytes]]:
    # -I: neither PYTHONPATH nor the working directory can put a module in the child's way.
    command = [sys.executable, "-I", "-m", "prism_rules.engines.child", str(limits.memory_mb), str(limits.seconds)]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, close_fds=True
    )
    try:
        yield child
    finally:
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                _require(pipe).close()
        try:
            child.wait(timeout=2)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _require(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
