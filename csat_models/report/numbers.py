"""Numbers as people read them: the only place where anything is rounded.

Every function turns a number into text with a true minus sign (U+2212) and
thousands separators; a missing number becomes :data:`MISSING`.
"""

from __future__ import annotations

import math

MISSING = "–"
MINUS = "\N{MINUS SIGN}"
SMALLEST_P = 0.001


def decimal(value: float, digits: int) -> str:
    """Return `value` with a fixed number of decimals.

    Examples
    --------
    >>> decimal(1234.5, 1), decimal(-0.04, 1), decimal(float("nan"), 1)
    ('1,234.5', '0.0', '–')
    """
    if not math.isfinite(value):
        return MISSING
    text = f"{value:,.{digits}f}"
    is_zero = not any(character in "123456789" for character in text)
    return text.lstrip("-") if is_zero else text.replace("-", MINUS)


def integer(value: float) -> str:
    """Return `value` as a whole number.

    Examples
    --------
    >>> integer(26400)
    '26,400'
    """
    return decimal(value, 0)


def signed(value: float, digits: int) -> str:
    """Return a difference, with its sign in front even when it is positive.

    Examples
    --------
    >>> signed(7.74, 2), signed(-2.65, 2), signed(0.001, 2)
    ('+7.74', '−2.65', '0.00')
    """
    text = decimal(value, digits)
    is_positive = value > 0 and any(character in "123456789" for character in text)
    return f"+{text}" if is_positive and math.isfinite(value) else text


def percent(share: float, digits: int = 1) -> str:
    """Return a share (0 to 1) as a percentage.

    Examples
    --------
    >>> percent(0.0525)
    '5.2%'
    """
    return f"{decimal(100 * share, digits)}%" if math.isfinite(share) else MISSING


def interval(lower: float, upper: float, digits: int) -> str:
    """Return an interval; one with a missing end becomes one-sided.

    Examples
    --------
    >>> interval(72.09, 75.31, 1), interval(float("nan"), 0.87, 2)
    ('[72.1, 75.3]', '≤ 0.87')
    """
    low, high = decimal(lower, digits), decimal(upper, digits)
    if low == high == MISSING:
        return MISSING
    if low == MISSING:
        return f"≤ {high}"
    return f"≥ {low}" if high == MISSING else f"[{low}, {high}]"


def percent_interval(lower: float, upper: float, digits: int = 1) -> str:
    """Return an interval of shares in percent, without repeating the sign.

    Examples
    --------
    >>> percent_interval(0.051, 0.062)
    '[5.1, 6.2]%'
    """
    text = interval(100 * lower, 100 * upper, digits)
    return text if text == MISSING else f"{text}%"


def p_value(value: float, least: float = SMALLEST_P) -> str:
    """Return a p-value with three decimals.

    Parameters
    ----------
    value : float
    least : float
        What can be told from 0: two over the number of draws.

    Examples
    --------
    >>> p_value(0.0312), p_value(1e-9), p_value(0.0, 2 / 200)
    ('0.031', '<0.001', '<0.010')
    """
    floor = max(SMALLEST_P, least)
    return f"<{decimal(floor, 3)}" if value < floor else decimal(value, 3)


def p_statement(value: float, least: float = SMALLEST_P) -> str:
    """Return what a p-value is, as it stands in a sentence.

    Examples
    --------
    >>> p_statement(0.0312), p_statement(1e-9)
    ('p = 0.031', 'p < 0.001')
    """
    text = p_value(value, least)
    return f"p < {text[1:]}" if text.startswith("<") else f"p = {text}"


def probability(value: float) -> str:
    """Return a bootstrap probability with two decimals, never a false 0 or 1.

    Examples
    --------
    >>> probability(0.973), probability(0.9996), probability(0.0)
    ('0.97', '>0.99', '<0.01')
    """
    if not math.isfinite(value):
        return MISSING
    if value < 0.005:  # noqa: PLR2004
        return "<0.01"
    return ">0.99" if value > 0.995 else decimal(value, 2)  # noqa: PLR2004


def rank_range(lower: float, upper: float) -> str:
    """Return an interval of ranks.

    Examples
    --------
    >>> rank_range(2, 5), rank_range(1, 1)
    ('2–5', '1')
    """
    low, high = integer(lower), integer(upper)
    return low if low == high else f"{low}–{high}"


def excludes_zero(lower: float, upper: float) -> bool:
    """Whether zero lies outside the interval.

    Examples
    --------
    >>> excludes_zero(0.2, 1.4), excludes_zero(-0.1, 0.3)
    (True, False)
    """
    return lower > 0 or upper < 0


def level(confidence: float) -> str:
    """Return a confidence level in percent, without the sign.

    Examples
    --------
    >>> level(0.95), level(0.999)
    ('95', '99.9')
    """
    return f"{100 * confidence:.6g}"
