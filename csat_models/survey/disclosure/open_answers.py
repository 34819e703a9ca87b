"""Personal data taken out of open answers.

Found are telephone numbers (Chinese mobile and fixed lines, with or without
+86), e-mail addresses, identity numbers (18 digits with a right check digit,
and the 15 digits of before 1999 with a possible date), bank cards (with a right
check digit), and the QQ, WeChat and other accounts that are called so. Digits
may be of full width and grouped by spaces, dots or hyphens. Service numbers
(10086, 400 and 800 lines), amounts and years stay.

References
----------
GB 11643-1999 for identity numbers (check digit: ISO 7064, MOD 11-2); ISO/IEC
7812-1 for the check digit of cards (Luhn 1960).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from csat_models.errors import DataError

KINDS = ("email", "account", "id_number", "bank_card", "mobile", "landline")

# Full-width digits, letters and signs, one for one, so that places stay the same; dashes, as
# Chinese keyboards write them between digits, are hyphens, and blanks without width are blanks.
_HALF_WIDTH = {0xFF01 + k: 0x21 + k for k in range(94)} | {0x3000: 0x20}
_HALF_WIDTH |= dict.fromkeys([*range(0x2010, 0x2016), 0x2212], 0x2D)
_HALF_WIDTH |= dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF], 0x20)

_GAP = r"[\s.\-·]?"
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_ACCOUNT = re.compile(
    r"(?:qq|微信|wechat|weixin|微博|抖音|支付宝|薇信|威信|(?<![A-Za-z])(?:v信|vx|wx))"
    r"(?:号码|账号|帐号|号|id)?\s*(?:是|为|[:：=])?\s*"
    r"(?P<account>[A-Za-z][A-Za-z0-9_-]{4,}|\d[\d\s-]{3,14}\d)",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    rf"(?<![A-Za-z0-9])(?:\d(?:{_GAP}\d){{16}}{_GAP}[Xx](?![A-Za-z0-9])|\d(?:{_GAP}\d){{12,18}}(?!\d))"
)
_MOBILE = re.compile(rf"(?<!\d)(?:(?:\+|00)?\(?86\)?{_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)")
_LANDLINE = re.compile(
    # abroad the area code has no 0 before it
    r"(?<!\d)(?:(?:(?:\+|00)\(?86\)?[\s.\-]?|\(?86\)?-)\(?(?:0\)?)?|(?:\(?86\)?[\s.\-]?)?\(?0)"
    r"(?:[12]\d|[3-9]\d{2})\)?[\s.\-]?"
    r"[2-8]\d{2,3}[\s.\-]?\d{4}(?:\s?(?:转|ext\.?|-)\s?\d{1,6})?(?!\d)",
    re.IGNORECASE,
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_DATE = re.compile(r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


def without_identifiers(text: str) -> str:
    """Replace personal data in an open answer by what kind it was.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        With ``[email]``, ``[account]``, ``[id_number]``, ``[bank_card]``,
        ``[mobile]`` and ``[landline]`` in the places of such data; everything
        else as it was.

    Examples
    --------
    >>> without_identifiers("信号差，请回电 138-0000-0000，资费138元")
    '信号差，请回电 [mobile]，资费138元'
    >>> without_identifiers("写信到 wang.li@example.com 或加微信：wangli_88")
    '写信到 [email] 或加微信：[account]'
    """
    plain = text.translate(_HALF_WIDTH)
    taken: list[tuple[int, int, str]] = []
    for kind, start, end in _found(plain):
        if all(end <= first or start >= last for first, last, _ in taken):
            taken.append((start, end, kind))
    for start, end, kind in sorted(taken, reverse=True):
        text = f"{text[:start]}[{kind}]{text[end:]}"
    return text


def strip_identifiers(answers: pd.Series[str]) -> tuple[pd.Series[str], pd.DataFrame]:
    """Take personal data out of a column of open answers.

    Parameters
    ----------
    answers : Series of str
        Missing answers stay missing.

    Returns
    -------
    answers : Series of str
        As of :func:`without_identifiers`.
    counts : DataFrame
        One row a kind: ``kind``, ``n_answers`` (that had such data). What was
        taken out is kept nowhere.

    Raises
    ------
    DataError
        An answer that is no text.

    Examples
    --------
    >>> stripped, counts = strip_identifiers(pd.Series(["加QQ 12345678", None, "很好"]))
    >>> stripped.tolist()[0], counts.set_index("kind").loc["account", "n_answers"].item()
    ('加QQ [account]', 1)
    """
    _require_texts(answers)
    stripped = answers.map(without_identifiers, na_action="ignore")
    both = pd.DataFrame({"before": answers, "after": stripped}).dropna()
    counts = [
        {
            "kind": kind,
            "n_answers": int(
                sum(after.count(f"[{kind}]") > before.count(f"[{kind}]")
                    for before, after in zip(both["before"], both["after"], strict=True))
            ),
        }
        for kind in KINDS
    ]  # fmt: skip
    return stripped, pd.DataFrame(counts)


def _require_texts(answers: pd.Series[str]) -> None:
    if not isinstance(answers, pd.Series):
        raise DataError(f"open answers are a {type(answers).__name__}; give them as a Series")
    texts = answers.map(lambda answer: isinstance(answer, str)) | answers.isna()
    if not texts.all():
        place = int(np.flatnonzero(~texts.to_numpy(dtype=np.bool_))[0])
        raise DataError(
            f"the open answer in row {place + 1} is {answers.iloc[place]!r}, which is no text; "
            "read the column as text",
            row=place + 1,
        )


def is_id_number(digits: str) -> bool:
    """Tell whether 18 digits (the last may be X) are a Chinese identity number.

    Examples
    --------
    >>> is_id_number("11010519491231002X"), is_id_number("110105194912310021")
    (True, False)
    """
    if not re.fullmatch(r"[1-9]\d{5}(?:18|19|20)\d{2}\d{7}[\dX]", digits):
        return False
    if not _DATE.fullmatch(digits[10:14]):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, digits, strict=False))
    return _ID_CHECK[total % 11] == digits[-1]


def is_card_number(digits: str) -> bool:
    """Tell whether 13 to 19 digits end with the check digit of bank cards.

    Examples
    --------
    >>> is_card_number("4111111111111111"), is_card_number("4111111111111112")
    (True, False)
    """
    if not re.fullmatch(r"[3-9]\d{12,18}", digits):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0  # noqa: PLR2004


def _is_old_id_number(digits: str) -> bool:
    return bool(re.fullmatch(r"[1-9]\d{14}", digits)) and bool(_DATE.fullmatch(digits[8:12]))


def _found(plain: str) -> Iterator[tuple[str, int, int]]:
    """Kinds and places, the surest first."""
    for match in _EMAIL.finditer(plain):
        yield "email", match.start(), match.end()
    for match in _ACCOUNT.finditer(plain):
        yield "account", match.start("account"), match.end("account")
    tests: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("id_number", is_id_number),
        ("bank_card", is_card_number),
        ("id_number", _is_old_id_number),
    )
    for match in _DIGITS.finditer(plain):
        digits = re.sub(r"[^\dX]", "", match.group().upper())
        kind = next((kind for kind, test in tests if test(digits)), None)
        if kind is not None:
            yield kind, match.start(), match.end()
    for kind, pattern in (("mobile", _MOBILE), ("landline", _LANDLINE)):
        for match in pattern.finditer(plain):
            yield kind, match.start(), match.end()
