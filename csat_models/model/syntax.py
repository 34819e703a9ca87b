"""The lavaan-style model language: text to statements.

Both the path model (:mod:`csat_models.model.spec`) and the simulated
population (:mod:`csat_models.survey.simulated.simulation`) are written in it::

    # constructs and their items
    Satisfaction =~ SAT1 + SAT2 + SAT3
    # structural paths
    Satisfaction ~ 0.4*Quality + 0.3*Value

A line that ends with an operator, ``+`` or ``*`` goes on in the next line;
``#`` and ``!`` begin a comment; ``;`` separates statements.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from csat_models.errors import ModelError

OPERATORS = ("=~", "<~", "~~", "~")

_NAME = r"[^\W\d][\w.]*"
_TERM = re.compile(
    rf"(?:(?P<coefficient>[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)\s*\*\s*)?"
    rf"(?P<name>{_NAME}(?:(?::{_NAME})*|@{_NAME}))"
)
_STATEMENT = re.compile(rf"(?P<left>{_NAME})\s*(?P<operator>=~|<~|~~|~)\s*(?P<right>.*)", re.S)
_GOES_ON = re.compile(r"(=~|<~|~~|~|\+|\*)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One summand on the right of a statement.

    Attributes
    ----------
    name : str
        An item, a construct, a product such as ``"Image:Value"``, or the
        second label of an item that is used twice, ``"SAT1@Offer"``.
    coefficient : float or None
        The number before ``*``, where there is one.
    """

    name: str
    coefficient: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of the model language.

    Attributes
    ----------
    left : str
        The construct that the statement is about.
    operator : str
        ``=~`` (measured by), ``<~`` (composed of), ``~`` (regressed on) or
        ``~~`` (variance or covariance).
    terms : tuple of Term
        What stands on the right.
    line : int
        The line of the text, from 1.
    """

    left: str
    operator: str
    terms: tuple[Term, ...]
    line: int


def is_name(text: str) -> bool:
    """Tell whether a model can hold a name.

    Examples
    --------
    >>> is_name("Q1"), is_name("满意度"), is_name("1a"), is_name("a b")
    (True, True, False, False)
    """
    return re.fullmatch(_NAME, text) is not None


def parse_statements(text: str) -> tuple[Statement, ...]:
    """Read a text in the model language.

    Parameters
    ----------
    text : str
        The statements.

    Returns
    -------
    tuple of Statement
        In the order of the text.

    Raises
    ------
    ModelError
        A line that is no statement, or a term that is no name.

    Examples
    --------
    >>> statement, = parse_statements("Loyalty ~ 0.5*Satisfaction + Image")
    >>> [(term.name, term.coefficient) for term in statement.terms]
    [('Satisfaction', 0.5), ('Image', None)]
    """
    return tuple(_read_statement(line, chunk) for line, chunk in _logical_lines(text))


def _logical_lines(text: str) -> list[tuple[int, str]]:
    chunks: list[tuple[int, str]] = []
    pending = ""
    start = 1
    for number, raw in enumerate(text.splitlines(), start=1):
        bare = re.split(r"[#!]", raw, maxsplit=1)[0].strip()
        if not bare:
            continue
        start = start if pending else number
        pending = f"{pending} {bare}".strip()
        if not _GOES_ON.search(pending):
            chunks += [(start, part.strip()) for part in pending.split(";") if part.strip()]
            pending = ""
    if pending:
        chunks.append((start, pending))
    return chunks


def _read_statement(line: int, chunk: str) -> Statement:
    match = _STATEMENT.fullmatch(chunk)
    if match is None:
        raise ModelError(
            f"model line {line}: '{chunk}' is not a statement; write for example "
            "'Satisfaction =~ SAT1 + SAT2' or 'Loyalty ~ Satisfaction'",
            line=line,
        )
    terms = tuple(_read_term(line, part.strip()) for part in match["right"].split("+"))
    return Statement(left=match["left"], operator=match["operator"], terms=terms, line=line)


def _read_term(line: int, part: str) -> Term:
    match = _TERM.fullmatch(part)
    if match is None:
        raise ModelError(
            f"model line {line}: '{part}' is neither a name nor a number times a name; "
            "write names of letters, digits, '_' and '.', joined by '+'",
            line=line,
            term=part,
        )
    coefficient = match["coefficient"]
    return Term(name=match["name"], coefficient=None if coefficient is None else float(coefficient))
