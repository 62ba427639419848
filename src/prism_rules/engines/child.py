"""The engine's child: reads batches from standard input, answers on standard output, holds nothing worth stealing.

Frames in both directions are an 8-byte big-endian length and that many bytes. In: one JSON object. Out: a JSON object
for each scan that begins, then one JSON header, followed by one frame of Arrow IPC per table.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

MOST_BYTES = 2**31
"""Of one frame: a child that has gone astray must not make its parent reserve any amount of memory."""


def read_frame(stream: BinaryIO) -> bytes | None:
    """Read one frame; None at the end of the stream, EOFError in the middle of a frame or for one beyond measure."""
    head = stream.read(8)
    if not head:
        return None
    size = int.from_bytes(head, "big")
    if len(head) < 8 or size > MOST_BYTES or len(body := stream.read(size)) < size:
        raise EOFError("the other side ended in the middle of a frame")
    return body


def write_frame(stream: BinaryIO, body: bytes) -> None:
    """Write one frame and flush it."""
    stream.write(len(body).to_bytes(8, "big"))
    stream.write(body)
    stream.flush()


def limit_resources(memory_mb: int, seconds: int) -> None:
    """Bound this process: address space, processor time, no core files. Systems without limits go without."""
    try:
        import resource
    except ImportError:
        return
    # Address space is not memory: libraries and threads reserve about 2 GiB that nothing is ever written to.
    space = (4 * memory_mb + 2048) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds * 4, seconds * 4 + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer batches until the requests end."""
    # All of it now: the first batch is still being prepared on the other side.
    import duckdb  # noqa: F401
    import polars as pl  # noqa: F401

    from prism_rules.diagnostics import Refused
    from prism_rules.engines import Batch, Limits
    from prism_rules.engines.duckdb import Database

    def begin(name: str) -> None:
        write_frame(replies, json.dumps({"begun": name}).encode())

    database: Database | None = None
    while (frame := read_frame(requests)) is not None:
        request: dict[str, Any] = json.loads(frame)
        batch = Batch(
            *(tuple(map(_freeze, request[key])) for key in ("files", "views", "queries", "tables", "variables"))
        )
        try:
            database = database or Database(Limits(**request["limits"]), Path(request["spill"]), begin)
            tables = database.answer(batch)
        except Refused as refused:
            found = [[d.code, d.message, d.help, d.context] for d in refused.diagnostics]
            write_frame(replies, json.dumps({"refused": found, "exit_code": refused.exit_code}).encode())
            continue
        except MemoryError:
            found = [["out-of-memory", "the evaluation ran out of its address space", "give --memory-limit", None]]
            write_frame(replies, json.dumps({"refused": found, "exit_code": 6}).encode())
            continue
        write_frame(replies, json.dumps({"tables": list(tables)}).encode())
        for table in tables.values():
            buffer = io.BytesIO()
            table.write_ipc_stream(buffer)
            write_frame(replies, buffer.getvalue())


def _freeze(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


if __name__ == "__main__":
    limit_resources(int(sys.argv[1]), int(sys.argv[2]))
    # Frames get a descriptor of their own: whatever a library prints must not land among them.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    serve(sys.stdin.buffer, answers)
    os._exit(0)  # DuckDB's bindings report leaks on stderr when the interpreter winds down after Polars was loaded
