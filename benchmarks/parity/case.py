"""One case: a model and its data as plain data that every program can be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.parity.labels import arrow

Blocks = tuple[tuple[str, tuple[str, ...]], ...]
Paths = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One model on one data set, and how it is estimated.

    Attributes
    ----------
    name : str
        As in the stored files, where there is one.
    data : str
        As :func:`survey` knows it.
    blocks : tuple of (construct, items)
    paths : tuple of (source, target)
    modes : tuple of (construct, mode)
        ``B`` or ``unit``; all others are in Mode A.
    scheme : {"path", "factorial", "centroid"}
    consistent : tuple of str
        Constructs corrected for measurement error by consistent PLS.
    standardised : bool
    missing : {"mean", "listwise"}
    higher_order : tuple of (construct, dimensions)
        Constructs measured by constructs.
    products : tuple of (factor, factor, target)
        Interactions and squares.
    interactions : {"two_stage", "product_indicator", "orthogonal"}
    residuals : tuple of (item, item)
        Residual covariances of a covariance-based model.
    robust : bool
        Whether its standard errors are those of Huber and White.
    group : str
        Column that separates the sample.
    global_items : tuple of (construct, item)
        Single items that ask for the whole of a formative construct.
    marker : str
        An item that has nothing to do with the model.
    equal : tuple of str
        What of a covariance-based model is equal in all groups.
    """

    name: str
    data: str = "mobi"
    blocks: Blocks
    paths: Paths
    modes: tuple[tuple[str, str], ...] = ()
    scheme: str = "path"
    consistent: tuple[str, ...] = ()
    standardised: bool = True
    missing: str = "mean"
    higher_order: Blocks = ()
    products: tuple[tuple[str, str, str], ...] = ()
    interactions: str = "two_stage"
    residuals: tuple[tuple[str, str], ...] = ()
    robust: bool = False
    group: str = ""
    global_items: tuple[tuple[str, str], ...] = ()
    marker: str = ""
    equal: tuple[str, ...] = ()

    @property
    def constructs(self) -> tuple[str, ...]:
        """Names of the constructs that items measure."""
        return tuple(name for name, _ in self.blocks)

    @property
    def items(self) -> tuple[str, ...]:
        """All items, construct by construct."""
        return tuple(item for _, items in self.blocks for item in items)

    def mode(self, construct: str) -> str:
        """Return ``A``, ``B`` or ``unit``."""
        return dict(self.modes).get(construct, "A")

    def items_of(self, construct: str) -> tuple[str, ...]:
        """Return the items of a construct."""
        return dict(self.blocks)[construct]


def numbered(stem: str, count: int) -> tuple[str, ...]:
    """Return ``stem1 ... stemN``."""
    return tuple(f"{stem}{k}" for k in range(1, count + 1))


def block_table(**counts: tuple[str, int]) -> Blocks:
    """Return blocks of numbered items, construct by construct."""
    return tuple((name, numbered(*of)) for name, of in counts.items())


def arrows(text: str) -> Paths:
    """Read ``A -> B, A -> C``."""
    pairs = (arrow.split("->") for arrow in text.split(","))
    return tuple((source.strip(), target.strip()) for source, target in pairs)


def modes(mode: str, *constructs: str) -> tuple[tuple[str, str], ...]:
    """Give several constructs one mode."""
    return tuple((name, mode) for name in constructs)


def with_global_items(case: Case) -> Iterator[tuple[str, Case]]:
    """Yield each formative construct alone, with its global item, as ``QUAL -> qual_global``."""
    for name, item in case.global_items:
        blocks = ((name, case.items_of(name)), ("Whole", (item,)))
        alone = replace(case, blocks=blocks, paths=((name, "Whole"),), global_items=())
        yield arrow(name, item), alone
