"""Published models of the ACSI family, ready to fit.

Each function returns a :class:`~csat_models.model.spec.PathModel` whose
docstring names its source. :func:`get` finds one by its name, as params files
do (``model: ecsi_mobile``).
"""

from __future__ import annotations

from csat_models.errors import ModelError
from csat_models.model.national import ccsi, ecsi, epsi, jcsi, ncsb, scsb
from csat_models.model.spec import PathModel

__all__ = [
    "CATALOGUE",
    "acsi",
    "ccsi",
    "ecsi",
    "ecsi_mobile",
    "epsi",
    "get",
    "jcsi",
    "ncsb",
    "scsb",
    "telecom",
]

_ECSI_MOBILE = """
Image        =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation  =~ CUEX1 + CUEX2 + CUEX3
Quality      =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7
Value        =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Complaints   =~ CUSCO
Loyalty      =~ CUSL1 + CUSL2 + CUSL3

Expectation  ~ Image
Quality      ~ Expectation
Value        ~ Expectation + Quality
Satisfaction ~ Image + Expectation + Quality + Value
Complaints   ~ Satisfaction
Loyalty      ~ Image + Satisfaction + Complaints
"""

_ACSI = """
Expectation  =~ EXP1 + EXP2 + EXP3
Quality      =~ QUAL1 + QUAL2 + QUAL3
Value        =~ VAL1 + VAL2
Satisfaction =~ SATIS + CONFIRM + IDEAL
Complaints   =~ COMP
Loyalty      =~ REPUR + PRICE

Quality      ~ Expectation
Value        ~ Expectation + Quality
Satisfaction ~ Expectation + Quality + Value
Complaints   ~ Satisfaction
Loyalty      ~ Satisfaction + Complaints
"""

_TELECOM = """
Image        =~ IMA1 + IMA2 + IMA3
Expectation  =~ EXP_NET + EXP_BUS + EXP_SRV
Network      =~ COV1 + COV2 + DAT1 + DAT2 + VOI1 + VOI2
Business     =~ TAR1 + TAR2 + PRO1 + PRO2
Service      =~ TP_BUY + TP_INSTALL + TP_PAY + TP_REPAIR + TP_RENEW
Value        =~ VAL1 + VAL2
Satisfaction =~ SAT1 + SAT2 + SAT3
Complaints   =~ COMPLAINED
Loyalty      =~ LOY1 + LOY2 + RECOMMEND

Expectation  ~ Image
Network      ~ Expectation
Business     ~ Expectation
Service      ~ Expectation
Value        ~ Expectation + Network + Business + Service
Satisfaction ~ Image + Network + Business + Service + Value
Complaints   ~ Satisfaction
Loyalty      ~ Image + Satisfaction + Complaints
"""


def ecsi_mobile() -> PathModel:
    """ECSI model of the mobile-phone survey: 7 constructs, 24 items, 12 paths.

    ``Complaints`` is the quality of complaint handling, so all paths are
    expected to be positive.

    References
    ----------
    Tenenhaus, Esposito Vinzi, Chatelin and Lauro (2005), PLS path modeling,
    Computational Statistics & Data Analysis 48, 159-205.

    Examples
    --------
    >>> model = ecsi_mobile()
    >>> len(model.construct_names), len(model.items), len(model.paths)
    (7, 24, 12)
    """
    return PathModel.parse(_ECSI_MOBILE)


def acsi() -> PathModel:
    """American Customer Satisfaction Index: 6 constructs, 14 items, 9 paths.

    ``Complaints`` is whether the customer complained (0 or 1), so
    Satisfaction -> Complaints is expected to be negative; the sign of
    Complaints -> Loyalty tells how well complaints are handled. ``PRICE`` is
    the recoded price tolerance: in the microdata the question after an
    increase and the one after a decrease are never asked of the same person.
    The Korean NCSI has the same six constructs.

    References
    ----------
    Fornell, Johnson, Anderson, Cha and Bryant (1996), The American Customer
    Satisfaction Index, Journal of Marketing 60, 7-18.

    Examples
    --------
    >>> acsi().predecessors("Satisfaction")
    ('Expectation', 'Quality', 'Value')
    """
    return PathModel.parse(_ACSI)


def telecom() -> PathModel:
    """Mobile operators' variant of the ACSI and ECSI: 9 constructs, 30 items.

    Perceived quality is split into network, business (tariff and promotion)
    and service touchpoints, first order; complaints are behaviour (0 or 1).
    It is the model of the demonstration study.

    References
    ----------
    Core relations as in Fornell et al. (1996) and the ECSI (Tenenhaus et al.
    2005); the split of quality follows the practice of Chinese operators.

    Examples
    --------
    >>> telecom().items_of("Business")
    ('TAR1', 'TAR2', 'PRO1', 'PRO2')
    """
    return PathModel.parse(_TELECOM)


CATALOGUE = {
    "acsi": acsi,
    "ccsi": ccsi,
    "ecsi": ecsi,
    "ecsi_mobile": ecsi_mobile,
    "epsi": epsi,
    "jcsi": jcsi,
    "ncsb": ncsb,
    "scsb": scsb,
    "telecom": telecom,
}


def get(name: str) -> PathModel:
    """Return the catalogue's model called `name`.

    Raises
    ------
    ModelError
        The catalogue has no such model.

    Examples
    --------
    >>> get("acsi").construct_names[0]
    'Expectation'
    """
    if name not in CATALOGUE:
        raise ModelError(
            f"the catalogue has no model '{name}'; it has {', '.join(sorted(CATALOGUE))}",
            model=name,
        )
    return CATALOGUE[name]()
