"""A process of its own that reads .sav and .dta files.

The C library that knows these formats can crash on a damaged file. It
therefore runs in a child process with bounded memory: what comes back is a
stream of Arrow columns with the labels in its metadata, or nothing.

    python -P csat_models/survey/formats/readstat.py sav < survey.sav > columns.arrow
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

_MEMORY = 4 << 30
_MEMORY_PER_BYTE = 60


def main() -> int:
    """Read a file from standard input, write its columns to standard output.

    Returns
    -------
    int
        0 when all went well, 3 when the file is none of its format.
    """
    raw = sys.stdin.buffer.read()
    bound = _MEMORY + _MEMORY_PER_BYTE * len(raw)
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        content = _read(raw, sys.argv[1])
    except Exception as problem:
        print(type(problem).__name__, problem, file=sys.stderr)
        return 3
    sys.stdout.buffer.write(content)
    return 0


def _read(raw: bytes, kind: str) -> bytes:
    import pyarrow as pa
    import pyreadstat

    read = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta}[kind]
    try:
        frame, meta = read(io.BytesIO(raw), user_missing=True)
    except UnicodeDecodeError:
        frame, meta = read(io.BytesIO(raw), user_missing=True, encoding="GB18030")
    except pyreadstat.ReadstatError as problem:
        if "ncod" not in str(problem) and "convert" not in str(problem):
            raise
        frame, meta = read(io.BytesIO(raw), user_missing=True, encoding="GB18030")
    if meta.number_rows is not None and meta.number_rows > len(frame):
        raise EOFError(f"{len(frame)} of {meta.number_rows} rows")
    letters = list(_lettered(frame, meta)) if kind == "dta" else []
    arrays = [_array(frame.iloc[:, k], n in letters) for k, n in enumerate(frame.columns)]
    facts = {
        "wordings": {k: v for k, v in meta.column_names_to_labels.items() if v},
        "labels": {k: list(v.items()) for k, v in meta.variable_value_labels.items()},
        "missing": {k: [_ends(each) for each in v] for k, v in meta.missing_ranges.items()},
        "letters": letters,
    }
    schema = pa.schema(
        [pa.field(str(name), array.type) for name, array in zip(frame, arrays, strict=True)],
        metadata={"csat": json.dumps(facts)},
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return sink.getvalue()


def _lettered(frame: Any, meta: Any) -> Iterator[str]:
    """Names of the columns with Stata's missing values .a to .z."""
    for name in meta.missing_user_values:
        if frame[name].dtype == object:
            yield name


def _as_stored(value: Any) -> Any:
    """Return the number that Stata stores for a missing value .a to .z."""
    return (1 + (ord(value) - 96) / 4096) * 2.0**1023 if isinstance(value, str) else value


def _array(column: Any, lettered: bool) -> Any:
    import pandas as pd
    import pyarrow as pa

    if lettered:
        numbers = column.map(_as_stored).to_numpy(dtype=np.float64)
        return pa.array(numbers, mask=np.isnan(numbers))
    if pd.api.types.is_numeric_dtype(column.dtype):
        return pa.array(column.to_numpy(dtype=np.float64, na_value=np.nan))
    words = [None if pd.isna(v) else _write(v) for v in column]
    return pa.array(words, type=pa.string())


def _write(value: Any) -> str:
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    return str(value)


def _ends(entry: Any) -> list[Any]:
    return [entry["lo"], entry["hi"]] if isinstance(entry, dict) else [entry, entry]


if __name__ == "__main__":
    sys.exit(main())
