r"""Higher-order constructs by repeated indicators.

A construct measured by constructs is given the items of its dimensions a
second time, and is estimated with all others in one run. An item used twice
has two labels: ``PERQ1`` in its dimension, ``PERQ1@Offer`` in the construct of
higher order, with a weight and a loading each. Dimensions and construct are
joined by paths: from the construct to each dimension where it is written
``=~`` (it shows in them), from each dimension to the construct where it is
written ``<~`` (it is made of them). The mode of the construct is that of its
repeated items.

What is fitted is a model of items alone, so that everything else takes it;
``estimates.model`` has the second labels written out.

A caveat. Where the dimensions make the construct (``<~``), they explain it
almost wholly, so that paths from other constructs to it are near zero and say
nothing. These act through the dimensions: write their paths to the dimensions
in the model, with the repeated items written out as here, and read their total
effects (the extended repeated indicators approach), or estimate in two stages.
Where dimensions have different numbers of items, the longer ones count for
more in the construct.

Consistent PLS is not defined here: a construct shares measurement errors with
the dimensions whose items it repeats, so that weights are not proportional to
loadings.

References
----------
Lohmoeller (1989), Latent Variable Path Modeling with Partial Least Squares,
128-130; Wetzels, Odekerken-Schroeder and van Oppen (2009), Using PLS path
modeling for assessing hierarchical construct models, MIS Quarterly 33,
177-195; Becker, Klein and Wetzels (2012), Hierarchical latent variable models
in PLS-SEM: guidelines for using reflective-formative type models, Long Range
Planning 45, 359-394.
"""

from __future__ import annotations

from csat_models.errors import ModelError
from csat_models.estimation.moments import Moments
from csat_models.estimation.settings import Settings
from csat_models.estimation.stages import relabel
from csat_models.model import Construct, PathModel
from csat_models.model.construct import REPEATED, column_of


def repeated_indicators_model(model: PathModel) -> PathModel:
    r"""Give constructs of higher order the items of their dimensions, and paths to or from them.

    Parameters
    ----------
    model : PathModel
        With constructs of higher order.

    Returns
    -------
    PathModel
        Of items alone, the repeated ones with a second label.

    Examples
    --------
    >>> model = PathModel.parse("H =~ A + B\nA =~ a1 + a2\nB =~ b1\nC =~ c1\nC ~ H")
    >>> expanded = repeated_indicators_model(model)
    >>> expanded.items_of("H")
    ('a1@H', 'a2@H', 'b1@H')
    >>> expanded.paths
    (('H', 'C'), ('H', 'A'), ('H', 'B'))
    """
    constructs = tuple(
        _repeat(construct, model) if construct.name in model.higher_order else construct
        for construct in model.constructs
    )
    joined = tuple(
        (name, inner) if model.construct(name).mode == "A" else (inner, name)
        for name in model.higher_order
        for inner in model.items_of(name)
    )
    return PathModel(constructs=constructs, paths=(*model.paths, *joined))


def _repeat(construct: Construct, model: PathModel) -> Construct:
    items = [item for inner in construct.items for item in model.items_of(inner)]
    return Construct(
        name=construct.name,
        items=tuple(f"{column_of(item)}{REPEATED}{construct.name}" for item in items),
        mode=construct.mode,
    )


def add_repeated(moments: Moments, model: PathModel) -> Moments:
    """Take the moments of items used twice under both labels, and of products under their own.

    Parameters
    ----------
    moments : Moments
        Of at least ``model.items``, with any leading dimensions.
    model : PathModel

    Returns
    -------
    Moments
        Of ``model.items`` and ``model.repeated``.
    """
    labels = (*model.items, *model.repeated)
    return relabel(moments.select(model.items), labels, [column_of(label) for label in labels])


def require_errors_apart(model: PathModel, settings: Settings) -> None:
    """Raise if items used twice meet a correction for measurement error.

    Raises
    ------
    ModelError
        ``method="plsc"``.
    """
    if settings.method == "plsc" and model.repeated:
        item, _, name = model.repeated[0].partition(REPEATED)
        raise ModelError(
            f"construct '{name}' repeats the item '{item}' and with it its measurement error, so "
            "that consistent PLS has no weights proportional to loadings; use method='pls', or "
            "higher_order='two_stage'",
            construct=name,
            item=item,
        )
