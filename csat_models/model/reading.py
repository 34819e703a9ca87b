"""From the statements of a model to its constructs and paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from csat_models.errors import ModelError
from csat_models.model.construct import (
    Construct,
    Mode,
)
from csat_models.model.syntax import Statement


def read_constructs(
    statements: Iterable[Statement], modes: Mapping[str, Mode]
) -> tuple[Construct, ...]:
    """Read what every construct is measured by, and how.

    Parameters
    ----------
    statements : iterable of Statement
        Of the whole model.
    modes : mapping of str to {"A", "B", "unit"}
        Modes instead of those written.

    Raises
    ------
    ModelError
        A construct that is measured twice, a fixed number other than the 1 of a
        composite, or a mode of a construct that is not there.

    Examples
    --------
    >>> from csat_models.model.syntax import parse_statements
    >>> [image] = read_constructs(parse_statements("Image <~ 1*I1 + 1*I2"), {})
    >>> image.items, image.mode
    (('I1', 'I2'), 'unit')
    """
    constructs: dict[str, Construct] = {}
    for statement in statements:
        if statement.operator not in ("=~", "<~"):
            continue
        name = statement.left
        if name in constructs:
            raise ModelError(
                f"model line {statement.line}: construct '{name}' is measured twice; "
                "put all its items in one statement",
                construct=name,
            )
        items = tuple(term.name for term in statement.terms)
        mode = modes.get(name, _mode_of(statement))
        constructs[name] = Construct(name=name, items=items, mode=mode)
    unknown = [name for name in modes if name not in constructs]
    if unknown:
        raise ModelError(
            f"modes names '{unknown[0]}', which is not a construct of the model; "
            f"it has {', '.join(constructs)}",
            construct=unknown[0],
        )
    return tuple(constructs.values())


def _mode_of(statement: Statement) -> Mode:
    if statement.operator == "=~":
        _refuse_numbers(statement, "and its loadings are estimated")
        return "A"
    weights = {term.coefficient for term in statement.terms}
    if not weights <= {None, 1.0} or len(weights) > 1:
        raise ModelError(
            f"model line {statement.line}: the weights of composite '{statement.left}' are partly "
            "fixed or fixed to another number than 1; write '1*' before all of its items for "
            "their sum, or before none",
            construct=statement.left,
        )
    return "unit" if weights == {1.0} else "B"


def _refuse_numbers(statement: Statement, why: str) -> None:
    """Raise if a number stands before a name where it would fix nothing."""
    for term in statement.terms:
        if term.coefficient is not None:
            raise ModelError(
                f"model line {statement.line}: '{term.coefficient:g}*{term.name}' fixes a number, "
                f"{why}; write '{term.name}' alone (only '{statement.left} <~ 1*...' has numbers)",
                line=statement.line,
                term=term.name,
            )


def read_paths(statements: Iterable[Statement]) -> tuple[tuple[str, str], ...]:
    """Read the structural paths, each once, as (source, target).

    Parameters
    ----------
    statements : iterable of Statement
        Of the whole model.

    Raises
    ------
    ModelError
        A covariance, or a number before the source of a path.

    Examples
    --------
    >>> from csat_models.model.syntax import parse_statements
    >>> read_paths(parse_statements("S ~ Q + P + Q:P; L ~ P:Q"))
    (('Q', 'S'), ('P', 'S'), ('Q:P', 'S'), ('Q:P', 'L'))
    """
    paths: dict[tuple[str, str], None] = {}
    for statement in statements:
        if statement.operator == "~~":
            raise ModelError(
                f"model line {statement.line}: '~~' sets a covariance, which a path model "
                "does not have; remove the line",
                line=statement.line,
            )
        if statement.operator == "~":
            _refuse_numbers(statement, "and its paths are estimated")
            paths |= {(term.name, statement.left): None for term in statement.terms}
    return _with_one_name_each(tuple(paths))


def _with_one_name_each(paths: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Name a product as it is first written: ``B:A`` after ``A:B`` is ``A:B``."""
    first: dict[tuple[str, ...], str] = {}
    for source, _ in paths:
        first.setdefault(tuple(sorted(source.split(":"))), source)
    named = ((first[tuple(sorted(source.split(":")))], target) for source, target in paths)
    return tuple(dict.fromkeys(named))
