"""What a path model must obey, each broken rule one sentence."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from csat_models.errors import ModelError
from csat_models.model.construct import PRODUCT, PRODUCT_INDICATOR, REPEATED, Construct


def check_constructs(constructs: tuple[Construct, ...]) -> None:
    """Raise unless every construct has items of its own, or dimensions of its own."""
    if not constructs:
        raise ModelError("the model measures no construct; write one as 'Satisfaction =~ SAT1'")
    owner: dict[str, str] = {}
    names = {construct.name for construct in constructs}
    for construct in constructs:
        if PRODUCT in construct.name:
            _check_product(construct, constructs)
            continue
        if not construct.items:
            raise ModelError(
                f"construct '{construct.name}' has no items; write '{construct.name} =~ ...'",
                construct=construct.name,
            )
        for item in construct.items:
            _check_item(item, construct.name, names, owner)
    _check_repeated(constructs, owner)
    _check_orders(constructs)


def _check_item(item: str, construct: str, names: set[str], owner: dict[str, str]) -> None:
    if PRODUCT in item or PRODUCT_INDICATOR in item:
        raise ModelError(
            f"construct '{construct}' is measured by the product '{item}'; only items can be",
            item=item,
        )
    if owner.get(item) == construct:
        raise ModelError(
            f"construct '{construct}' names '{item}' twice; name it once",
            construct=construct,
            item=item,
        )
    if item in owner:
        kind = "construct" if item in names else "item"
        advice = "" if item in names else f", or name it '{item}{REPEATED}{construct}' here"
        raise ModelError(
            f"{kind} '{item}' measures both '{owner[item]}' and '{construct}'; "
            f"give each {kind} to one construct{advice}",
            item=item,
        )
    owner[item] = construct


def _check_repeated(constructs: tuple[Construct, ...], owner: dict[str, str]) -> None:
    """Raise unless a second label says whose it is, and of what."""
    for construct in constructs:
        for label in (item for item in construct.items if REPEATED in item):
            item, _, place = label.partition(REPEATED)
            if place != construct.name:
                raise ModelError(
                    f"construct '{construct.name}' is measured by '{label}'; the second label of "
                    f"an item ends with its construct, '{item}{REPEATED}{construct.name}'",
                    item=item,
                )
            if item not in owner or owner[item] == construct.name:
                raise ModelError(
                    f"construct '{construct.name}' is measured by '{label}', but no other "
                    f"construct is measured by '{item}'; write '{item}'",
                    item=item,
                )


def _check_orders(constructs: tuple[Construct, ...]) -> None:
    names = {construct.name for construct in constructs}
    higher = _higher_order(constructs)
    for construct in constructs:
        items = [item for item in construct.items if item not in names]
        if construct.name in higher and items:
            raise ModelError(
                f"construct '{construct.name}' is measured by constructs and by the item "
                f"'{items[0]}'; list items only or constructs only",
                construct=construct.name,
                item=items[0],
            )
        for inner in higher.intersection(construct.items):
            raise ModelError(
                f"construct '{construct.name}' is measured by '{inner}', which is measured by "
                f"constructs itself; list the dimensions of '{inner}' instead",
                construct=construct.name,
                item=inner,
            )


def _higher_order(constructs: tuple[Construct, ...]) -> set[str]:
    names = {construct.name for construct in constructs}
    return {c.name for c in constructs if PRODUCT not in c.name and names.intersection(c.items)}


def _check_product(construct: Construct, constructs: tuple[Construct, ...]) -> None:
    name, factors = construct.name, construct.name.split(PRODUCT)
    measured = [c.name for c in constructs if PRODUCT not in c.name]
    unknown = [factor for factor in factors if factor not in measured]
    if unknown:
        raise ModelError(
            f"the product '{name}' has the factor '{unknown[0]}', which is no measured "
            f"construct; write '{unknown[0]} =~ ...' with its items",
            construct=unknown[0],
        )
    if len(factors) != 2:  # noqa: PLR2004
        raise ModelError(
            f"'{name}' is a product of {len(factors)} constructs; only products of two are "
            "part of the model language",
            construct=name,
        )
    if construct.items != (name,) and not all(PRODUCT_INDICATOR in i for i in construct.items):
        raise ModelError(
            f"the product '{name}' has no items but itself and products of its factors' items",
            construct=name,
        )
    if _higher_order(constructs) or any(REPEATED in i for c in constructs for i in c.items):
        raise ModelError(
            f"the model has the product '{name}' and constructs measured by constructs or by "
            "items used twice; leave out one of the two",
            construct=name,
        )


def check_dimensions(constructs: tuple[Construct, ...], paths: tuple[tuple[str, str], ...]) -> None:
    """Raise if a path names a dimension; its higher-order construct has the paths."""
    higher = _higher_order(constructs)
    owner = {item: c.name for c in constructs if c.name in higher for item in c.items}
    for source, target in paths:
        for name in (source, target):
            if name in owner:
                raise ModelError(
                    f"the path {source} -> {target} names '{name}', a dimension of "
                    f"'{owner[name]}'; write the path with '{owner[name]}'",
                    construct=name,
                )


def check_paths(names: tuple[str, ...], paths: tuple[tuple[str, str], ...]) -> None:
    """Raise if a path names no measured construct, or if paths run in a circle."""
    graph: dict[str, set[str]] = {name: set() for name in names}
    for source, target in paths:
        for name in (source, target):
            if name not in graph:
                raise ModelError(
                    f"the path {source} -> {target} names '{name}', which is no measured "
                    f"construct; write '{name} =~ ...' with its items",
                    construct=name,
                )
        if PRODUCT in target:
            raise ModelError(
                f"the path {source} -> {target} leads to a product; only a construct can be "
                "explained",
                construct=target,
            )
        graph[target] |= {source, *source.split(PRODUCT)}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        cycle = " -> ".join(error.args[1])
        raise ModelError(
            f"the paths run in a circle: {cycle}; remove one of them", cycle=cycle
        ) from None
