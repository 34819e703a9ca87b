"""Survey files larger than memory, batch by batch."""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

import numpy as np
import pandas as pd

from csat_models.errors import DataError
from csat_models.survey.codebooks.codebook import Codebook
from csat_models.survey.formats.decoding import wrong_length
from csat_models.survey.formats.table import check_header
from csat_models.survey.intake.reading import parse_survey
from csat_models.survey.intake.responses import Responses

# Rows of a batch: 24 items are 50 MB, and parts of 2,000 get 130 rows each.
BATCH_ROWS = 262_144

OTHER_DELIMITERS = (";", "\t", "|", "，")

PARQUET = (".parquet", ".pq", ".parq")

_NO_TEXT = (
    *(UnicodeDecodeError, OSError, csv.Error),
    *(pd.errors.ParserError, pd.errors.EmptyDataError),
)


@overload
def read_batches(
    path: str | Path,
    codebook: None = None,
    *,
    columns: Sequence[str] | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[pd.DataFrame]: ...


@overload
def read_batches(
    path: str | Path,
    codebook: Codebook,
    *,
    columns: Sequence[str] | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[Responses]: ...


def read_batches(
    path: str | Path,
    codebook: Codebook | None = None,
    *,
    columns: Sequence[str] | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[pd.DataFrame] | Iterator[Responses]:
    """Read a file, or a folder of Parquet files, batch by batch.

    For :func:`~csat_models.estimation.draws.streaming.stream_moments` and
    :func:`~csat_models.estimation.draws.streaming.stream_parts`: memory holds
    one batch, however long the file.

    Parameters
    ----------
    path : str or Path
        A Parquet file; a folder of them, in the order of their names, whose
        own folders may be columns (``year=2024/``); or comma-separated text
        in UTF-8, possibly gzipped.
    codebook : Codebook, optional
        What the columns mean: each batch is then checked against it as by
        :func:`~csat_models.survey.intake.reading.read_survey`. What needs all rows at
        once is not: whether an identifier stands only once.
    columns : sequence of str, optional
        Columns to read; by default all, or those of the codebook.
    batch_rows : int
        Most rows of a batch.

    Yields
    ------
    DataFrame, or Responses with a codebook
        Row numbers count through all batches.

    Raises
    ------
    DataError
        No such file, a damaged one, text with another delimiter than commas or
        with rows that are longer or shorter than its header, a column that is not
        there (in one of the files), or answers that do not fit the codebook.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "survey.parquet"
    ...     pd.DataFrame({"S1": np.arange(5.0)}).to_parquet(path)
    ...     [len(batch) for batch in read_batches(path, batch_rows=2)]
    [2, 2, 1]
    """
    if not isinstance(path, str | os.PathLike) or not str(path):
        raise DataError(
            f"path={path!r} is no path; name one file, or one folder of Parquet files", path=path
        )
    path = Path(path)
    if not isinstance(batch_rows, int | np.integer) or batch_rows < 1:
        raise DataError(
            f"batch_rows={batch_rows} is no size of a batch; write 1 or more", batch_rows=batch_rows
        )
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder; check the path", path=str(path))
    wanted = columns
    if columns is None and codebook is not None:
        wanted = [codebook.headings.get(name, name) for name in codebook.columns]
    if path.is_dir() or path.suffix.lower() in PARQUET:
        frames = _parquet_frames(path, wanted, batch_rows)
    else:
        frames = _text_frames(path, wanted, batch_rows, as_text=codebook is not None)
    return frames if codebook is None else _check(frames, path, codebook)


def _parquet_frames(
    path: Path, columns: Sequence[str] | None, batch_rows: int
) -> Iterator[pd.DataFrame]:
    import pyarrow as pa
    import pyarrow.dataset as ds

    try:
        data = ds.dataset(path, format="parquet", partitioning="hive")
        names = list(data.schema.names)
        if not names:
            raise DataError(f"{path}: holds no Parquet file; check the path", path=str(path))
        _require_columns(path, names, columns or names)
        # Where a file lacks a column of the first one, pyarrow would fill it with nothing.
        for part in data.get_fragments():
            own = {*part.physical_schema.names, *ds.get_partition_keys(part.partition_expression)}
            lacking = [name for name in columns or names if name not in own]
            _require_columns(part.path, sorted(own), lacking)
        batches = data.to_batches(
            columns=list(columns) if columns is not None else None,
            batch_size=batch_rows,
            batch_readahead=1,
            fragment_readahead=1,
            use_threads=False,
        )
        for batch in batches:
            if batch.num_rows:
                yield batch.to_pandas()
    except (pa.ArrowException, OSError):
        raise DataError(
            f"{path}: is a damaged Parquet file or holds one, or files with columns of different "
            "kinds; write or copy it again",
            path=str(path),
        ) from None


def _text_frames(
    path: Path, columns: Sequence[str] | None, batch_rows: int, *, as_text: bool
) -> Iterator[pd.DataFrame]:
    kinds: dict[str, Any] = {"dtype": "str", "keep_default_na": False} if as_text else {}
    try:
        names = _require_even_rows(path)
        _require_columns(path, names, columns or names)
        kept = names if columns is None else list(columns)
        kinds |= {"usecols": kept, "chunksize": batch_rows, "encoding": "utf-8-sig"}
        with pd.read_csv(path, **kinds) as chunks:
            for chunk in chunks:
                yield chunk[kept]
    except _NO_TEXT:
        raise DataError(
            f"{path}: is no comma-separated text in UTF-8 that can be read in batches; save it as "
            "such or as Parquet",
            path=str(path),
        ) from None


def _require_even_rows(path: Path) -> list[str]:
    """Return the header of text whose rows are all as long; pandas would cut or fill others."""
    opened = gzip.open if path.suffix.lower() == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        names = next(reader, [])
        _require_commas(path, names)
        check_header([name for name in names if name], str(path))
        line = reader.line_num + 1
        for row in reader:
            if row and len(row) != len(names):
                raise wrong_length(str(path), "line", line, len(row), len(names))
            line = reader.line_num + 1
    return [name or f"Unnamed: {place}" for place, name in enumerate(names)]


def _require_commas(path: Path, names: Sequence[str]) -> None:
    found = next((mark for mark in OTHER_DELIMITERS if len(names) == 1 and mark in names[0]), None)
    if found is not None:
        raise DataError(
            f"{path}: its columns are parted by {found!r}, not by commas; save it with commas or "
            "as Parquet to read it in batches",
            path=str(path),
            delimiter=found,
        )


def _require_columns(path: Path | str, names: Sequence[str], wanted: Sequence[str]) -> None:
    absent = [name for name in wanted if name not in names]
    if absent:
        raise DataError(
            f"{path}: has no column '{absent[0]}'; it has {', '.join(names)}",
            path=str(path),
            column=absent[0],
        )


def _check(frames: Iterator[pd.DataFrame], path: Path, codebook: Codebook) -> Iterator[Responses]:
    """Check each batch as a file of its own."""
    first = 0
    for frame in frames:
        raw = io.BytesIO()
        frame.to_parquet(raw, index=False, compression=None)
        source = f"{path} (from row {first + 1} on)" if first else str(path)
        found = parse_survey(raw.getvalue(), codebook, source=source)
        yield replace(found, row_numbers=found.row_numbers + np.int64(first))
        first += len(frame)
