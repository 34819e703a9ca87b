"""Who answered must not be known past the door.

Columns that identify persons are dropped on reading, and respondents'
identifiers are replaced by a keyed hash (HMAC-SHA256). With the same key the
same person has the same pseudonym in every wave; without it nobody can try
all telephone numbers. The key lies outside the project: in the environment
variable ``CSAT_ID_KEY``, or in ``~/.config/csat_models/id_key``, which is made
on first need, readable by its owner only.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from csat_models.errors import DataError
from csat_models.survey.codebooks.codebook import Codebook

VARIABLE = "CSAT_ID_KEY"

RUNNING = "the identifiers are, row by row, the numbers"
"""What the log says of identifiers that may be mere row numbers; their first and last follow."""

_LEAST_KEY = 16
_LEAST_RUNNING = 10
_DIGITS = 20
_LOOKED_AT = 1000
_MOST = 0.5
_CONTENTS = {
    "telephone numbers": r"(\+?86)?1[3-9]\d{9}|0\d{9,11}|\+\d{8,15}",
    "identity numbers": r"\d{6}(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[\dx]",
    "e-mail addresses": r"[^@\s]+@[^@\s]+\.[a-z]{2,}",
}
_NAMES = re.compile(
    r"((mobile|cell|tele|home|work|contact)?(phone|tel)(number|no)?|mobile(number|no)?|cell"
    r"|telephone(number)?|e?mail(address)?"
    r"|((customer|respondent|client|full|first|last|family|given|user)?name|surname)"
    r"|(national|citizen|resident)id|id(card|number|no|cardnumber)|passport(number|no)?|ssn"
    r"|(home|postal|street)?address|wechat(id)?|qq(number)?"
    r"|手机|电话|地址|.*(姓名|手机号|电话号|联系电话|身份证|证件号|邮箱|微信号|住址|联系方式).*)"
)


_LABELS = re.compile(
    r"([a-z]{1,2}\d{1,3}[a-z]?)?"
    r"((您的|你的|受访者|被访者|客户|顾客|联系人|请问)*的?"
    r"(姓名|名字|称呼|(联系|手机|固定|移动|家庭)?(电话|手机)(号码?)?|(身份证|证件)(号码?)?"
    r"|(电子)?(邮箱|邮件)(地址)?|微信号?|qq号?|(家庭|通讯|联系|详细)?(住址|地址)|联系方式)"
    r"|(the|your)?((respondent|customer|client|contact)s?)?"
    r"((mobile|cell|tele|home)*(phone|tel)(number|no)?|(full|first|last|family)?name|surname"
    r"|e?mail(address)?|(home|postal|street|mailing)?address"
    r"|(identity|id)(card)?(number|no)|passport(number|no)?))"
)


def recognise_identifier(
    name: str, column: pd.Series[Any] | None = None, labels: Iterable[str] = ()
) -> str | None:
    """Tell whether a column identifies persons directly.

    Parameters
    ----------
    name : str
        Of the column; None of its spelling matters but letters.
    column : Series of str, optional
        Its values, blanks as NaN; more than half of them decide.
    labels : iterable of str
        What it is called for people, in any language. A label tells only if
        it says no more than what identifies, so that a question about mobile
        phones is none.

    Returns
    -------
    str or None
        Why, as part of a sentence; None where it does not.

    Examples
    --------
    >>> recognise_identifier("Mobile_Phone"), recognise_identifier("city")
    ('its name', None)
    >>> recognise_identifier("V21", labels=("姓名",))
    'its label'
    >>> recognise_identifier("q1", pd.Series(["138 1234 5678", "139-0000-1111"]))
    'telephone numbers'
    """
    if _NAMES.fullmatch(re.sub(r"[\W_]+", "", name.casefold())):
        return "its name"
    if any(_LABELS.fullmatch(re.sub(r"[\W_]+", "", label.casefold())) for label in labels):
        return "its label"
    return None if column is None else recognise_content(column)


def recognise_content(column: pd.Series[Any]) -> str | None:
    """Tell what kind of identifiers most values of a column are; None if none.

    Examples
    --------
    >>> recognise_content(pd.Series(["a@b.com", "c@d.cn"])), recognise_content(pd.Series(["7"]))
    ('e-mail addresses', None)
    """
    known = column.dropna().head(_LOOKED_AT)
    kinds = Counter(_content_of(normalise(str(value))) for value in known)
    for kind in _CONTENTS:
        if kinds[kind] > _MOST * len(known):
            return kind
    return None


def normalise(identifier: str) -> str:
    """Return an identifier as it is hashed.

    Width and outer blanks do not matter, nor do the blanks, hyphens and
    brackets of telephone and identity numbers or the case of their letters.

    Examples
    --------
    >>> normalise(" 138-1234-5678"), normalise("Ａ-1")
    ('13812345678', 'A-1')
    """
    plain = unicodedata.normalize("NFKC", identifier).strip()
    bare = re.sub(r"[\s()-]", "", plain).casefold()
    return plain if _content_of(bare) is None else bare


def pseudonymise(column: pd.Series[Any], key: bytes) -> pd.Series[Any]:
    """Replace identifiers by the first 80 bits of their keyed hash.

    Parameters
    ----------
    column : Series of str
        Identifiers; see :func:`normalise` for what does not matter in them.
    key : bytes
        See :func:`identity_key`.

    Returns
    -------
    Series of str
        20 hexadecimal digits each; equal where the identifiers are equal.

    References
    ----------
    Krawczyk, Bellare and Canetti 1997, RFC 2104.

    Examples
    --------
    >>> pseudonymise(pd.Series(["a", "a ", "b"]), b"0123456789abcdef").nunique()
    2
    """
    codes, values = pd.factorize(column)
    hashes = [_hash(str(value), key) for value in values]
    return pd.Series(hashes, dtype="str").take(codes).set_axis(column.index)


def _hash(identifier: str, key: bytes) -> str:
    return hmac.new(key, normalise(identifier).encode(), hashlib.sha256).hexdigest()[:_DIGITS]


def _content_of(plain: str) -> str | None:
    kinds = (kind for kind, pattern in _CONTENTS.items() if re.fullmatch(pattern, plain))
    return next(kinds, None)


def identity_key() -> bytes:
    """Return the key of the pseudonyms; the file is made on first need.

    Raises
    ------
    DataError
        The variable's key is shorter than 16 characters, or the file cannot
        be read or written, or others may read it.
    """
    given = os.environ.get(VARIABLE)
    if given is not None:
        if len(given) < _LEAST_KEY:
            raise DataError(
                f"the environment variable {VARIABLE} has {len(given)} characters; a key has at "
                f"least {_LEAST_KEY}",
                variable=VARIABLE,
            )
        return given.encode()
    path = key_file()
    try:
        if not path.exists():
            _make_key(path)
        return _read_key(path)
    except OSError as problem:
        reason = (problem.strerror or "it cannot be opened").lower()
        raise DataError(
            f"{path}: {reason}; put a key of your own into the environment variable {VARIABLE}",
            file=str(path),
        ) from None


def key_file() -> Path:
    """Return where the key lies when no environment variable holds it."""
    folder = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(folder) / "csat_models" / "id_key"


def key_name(key: bytes) -> str:
    """Return a short name of a key, which does not give it away.

    Examples
    --------
    >>> key_name(b"0123456789abcdef") == key_name(b"0123456789abcdeF")
    False
    """
    return hmac.new(key, b"csat_models: name of the key", hashlib.sha256).hexdigest()[:8]


def key_in_use(codebook: Codebook) -> str | None:
    """Return the short name of the key that a codebook's identifiers are hashed with.

    Parameters
    ----------
    codebook : Codebook

    Returns
    -------
    str or None
        For the hash of what responses were made from: with another key they
        are others. None where the codebook does not declare pseudonyms.

    Raises
    ------
    DataError
        As of :func:`identity_key`.
    """
    return key_name(identity_key()) if codebook.pseudonymise else None


def _read_key(path: Path) -> bytes:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise DataError(
            f"{path}: others may read the key of the pseudonyms; run 'chmod 600 {path}'",
            file=str(path),
        )
    key = path.read_bytes().strip()
    if len(key) < _LEAST_KEY:
        raise DataError(
            f"{path}: holds {len(key)} bytes, and a key has at least {_LEAST_KEY}; restore it from "
            "your backup, since with another key persons are no longer linked across waves",
            file=str(path),
        )
    return key


def _make_key(path: Path) -> None:
    """Write a new key; whoever comes first wins, and the others read theirs."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink(missing_ok=True)


def running_numbers(identifiers: pd.Series[Any]) -> tuple[int, int] | None:
    """Tell whether identifiers count the rows.

    Parameters
    ----------
    identifiers : Series
        n identifiers, as text, in the order of the rows.

    Returns
    -------
    (int, int) or None
        The first and the last, where each is one more than the one before
        it and there are ten or more.

    Examples
    --------
    >>> running_numbers(pd.Series([str(k) for k in range(1, 301)]))
    (1, 300)
    >>> running_numbers(pd.Series(["17", "4", "9"])) is None
    True
    """
    first = str(identifiers.iloc[0]) if len(identifiers) >= _LEAST_RUNNING else ""
    if not re.fullmatch(r"0|[1-9]\d{0,14}", first, re.ASCII):
        return None
    start, n_rows = int(first), len(identifiers)
    counted = (str(number) for number in range(start, start + n_rows))
    alike = all(known == number for known, number in zip(identifiers, counted, strict=True))
    return (start, start + n_rows - 1) if alike else None


def span_of(log: Iterable[str]) -> tuple[str, str] | None:
    """Return the column and the span of running numbers that a log speaks of, if it does.

    Examples
    --------
    >>> span_of(["3 rows read", f"id: {RUNNING} 1 to 300"])
    ('id', '1 to 300')
    """
    for line in log:
        name, found, span = line.partition(f": {RUNNING} ")
        if found:
            return name, span
    return None
