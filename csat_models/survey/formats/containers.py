"""Archives (.zip) that hold one survey file."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from csat_models.errors import DataError
from csat_models.survey.formats.table import quote

_WORKBOOK = ("[Content_Types].xml", "mimetype", "content.xml", "META-INF/manifest.xml")
_LARGEST = 8 << 30
_DAMAGE = (zlib.error, struct.error, OSError, EOFError, ValueError, RuntimeError, OverflowError)


def unpack_zip(raw: bytes, source: str) -> bytes:
    """Return the one file of an archive; a workbook, which is an archive too, as it is.

    Parameters
    ----------
    raw : bytes
        What begins as an archive does.
    source : str
        What messages call it.

    Raises
    ------
    DataError
        No file or several, a password, damage.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = archive.namelist()
            if any(name in _WORKBOOK or name.startswith("xl/") for name in names):
                return raw
            inside = [entry for entry in archive.infolist() if _is_file(entry.filename)]
            _check_content(inside, source)
            return archive.read(inside[0])
    except zipfile.BadZipFile:
        return raw
    except _DAMAGE:
        raise DataError(
            f"{source}: the zip archive is damaged; copy or download it again", source=source
        ) from None


def _is_file(name: str) -> bool:
    last = name.rsplit("/", 1)[-1]
    return bool(last) and not last.startswith(".") and not name.startswith("__MACOSX/")


def _check_content(inside: list[zipfile.ZipInfo], source: str) -> None:
    if len(inside) != 1:
        held = quote([entry.filename for entry in inside]) or "no file"
        raise DataError(
            f"{source}: is a zip archive of {held}; unpack it and name the file with the answers",
            source=source,
        )
    if inside[0].flag_bits & 1:
        raise DataError(
            f"{source}: is a zip archive with a password; unpack it and name the file in it",
            source=source,
        )
    if inside[0].file_size > _LARGEST:
        raise DataError(
            f"{source}: holds a file too large to be read from an archive; unpack it",
            source=source,
        )
