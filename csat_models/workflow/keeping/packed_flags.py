"""Flags of screening as one plain table for the store, and back."""

from __future__ import annotations

import io

import pandas as pd

from csat_models.survey.screening.flags import Flags

_PARTS = ("frame", "values", "counts")
_FLAGGED = "flagged"
_TABLE = "table:"


def pack_flags(flags: Flags) -> pd.DataFrame:
    """Return flags as a table with one row a part: ``name`` and ``content`` (Parquet)."""
    parts = {name: getattr(flags, name) for name in _PARTS}
    parts[_FLAGGED] = pd.DataFrame({_FLAGGED: flags.flagged})
    parts |= {f"{_TABLE}{name}": table for name, table in flags.tables.items()}
    content = [_write(part) for part in parts.values()]
    return pd.DataFrame({"name": list(parts), "content": content})


def unpack_flags(packed: pd.DataFrame) -> Flags:
    """Return the flags that :func:`pack_flags` took apart."""
    parts = {
        str(name): pd.read_parquet(io.BytesIO(content))
        for name, content in zip(packed["name"], packed["content"], strict=True)
    }
    return Flags(
        **{name: parts[name] for name in _PARTS},
        tables={
            name.removeprefix(_TABLE): part
            for name, part in parts.items()
            if name.startswith(_TABLE)
        },
        flagged=parts[_FLAGGED][_FLAGGED].to_numpy(dtype=bool),
    )


def _write(part: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    part.to_parquet(buffer, engine="pyarrow")
    return buffer.getvalue()
