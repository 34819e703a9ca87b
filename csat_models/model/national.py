"""National satisfaction indices, each as one published model.

The sources name constructs and relations, and ask items in words of their own;
the items here have generic names, as many as the source asks where it says so.
Rename them to those of a questionnaire by writing the model's text anew
(:meth:`~csat_models.model.spec.PathModel.to_text`).
"""

from __future__ import annotations

from csat_models.model.spec import PathModel

_SCSB = """
Expectation  =~ EXP
Value        =~ VAL1 + VAL2
Satisfaction =~ SAT1 + SAT2 + SAT3
Complaints   =~ VOICE1 + VOICE2
Loyalty      =~ LOY1 + LOY2

Value        ~ Expectation
Satisfaction ~ Expectation + Value
Complaints   ~ Satisfaction
Loyalty      ~ Satisfaction + Complaints
"""

_ECSI = """
Image          =~ IMA1 + IMA2 + IMA3
Expectation    =~ EXP1 + EXP2 + EXP3
ProductQuality =~ PQ1 + PQ2 + PQ3
ServiceQuality =~ SQ1 + SQ2 + SQ3
Value          =~ VAL1 + VAL2
Satisfaction   =~ SAT1 + SAT2 + SAT3
Loyalty        =~ LOY1 + LOY2 + LOY3

Expectation    ~ Image
ProductQuality ~ Expectation
ServiceQuality ~ Expectation
Value          ~ Expectation + ProductQuality + ServiceQuality
Satisfaction   ~ Image + Expectation + ProductQuality + ServiceQuality + Value
Loyalty        ~ Image + Satisfaction
"""

_EPSI = """
Image          =~ IMA1 + IMA2 + IMA3
Expectation    =~ EXP1 + EXP2 + EXP3
ProductQuality =~ PQ1 + PQ2 + PQ3
ServiceQuality =~ SQ1 + SQ2 + SQ3
Value          =~ VAL1 + VAL2
Satisfaction   =~ SAT1 + SAT2 + SAT3
Loyalty        =~ LOY1 + LOY2 + LOY3

Value          ~ Image + Expectation + ProductQuality + ServiceQuality
Satisfaction   ~ Image + ProductQuality + ServiceQuality + Value
Loyalty        ~ Satisfaction
"""

_NCSB = """
Tangibles             =~ TAN1 + TAN2 + TAN3
Reliability           =~ REL1 + REL2 + REL3
Responsiveness        =~ RES1 + RES2 + RES3
Assurance             =~ ASS1 + ASS2 + ASS3
Empathy               =~ EMP1 + EMP2 + EMP3
Price                 =~ PRI1 + PRI2 + PRI3
ComplaintHandling     =~ COM1 + COM2
Satisfaction          =~ SAT1 + SAT2 + SAT3
Image                 =~ IMA1 + IMA2 + IMA3
AffectiveCommitment   =~ AFF1 + AFF2 + AFF3
CalculativeCommitment =~ CAL1 + CAL2 + CAL3
Loyalty               =~ LOY1 + LOY2 + LOY3

Satisfaction ~ Tangibles + Reliability + Responsiveness + Assurance + Empathy
Satisfaction ~ Price + ComplaintHandling
Image                 ~ Satisfaction
AffectiveCommitment   ~ Satisfaction
CalculativeCommitment ~ Satisfaction
Loyalty ~ Image + AffectiveCommitment + CalculativeCommitment + Price + ComplaintHandling
"""

_CCSI = """
Image        =~ IMA1 + IMA2 + IMA3
Expectation  =~ EXP1 + EXP2 + EXP3
Quality      =~ PQ1 + PQ2 + PQ3
Value        =~ VAL1 + VAL2
Satisfaction =~ SAT1 + SAT2 + SAT3
Loyalty      =~ LOY1 + LOY2

Expectation  ~ Image
Quality      ~ Image + Expectation
Value        ~ Expectation + Quality
Satisfaction ~ Image + Expectation + Quality + Value
Loyalty      ~ Image + Satisfaction
"""

_JCSI = """
Expectation    =~ EXP1 + EXP2 + EXP3
Quality        =~ PQ1 + PQ2 + PQ3
Value          =~ VAL1 + VAL2 + VAL3
Satisfaction   =~ SAT1 + SAT2 + SAT3
Recommendation =~ REC1 + REC2 + REC3
Loyalty        =~ LOY1 + LOY2 + LOY3

Quality        ~ Expectation
Value          ~ Quality
Satisfaction   ~ Value
Recommendation ~ Satisfaction
Loyalty        ~ Satisfaction
"""


def scsb() -> PathModel:
    """Swedish Customer Satisfaction Barometer: 5 constructs, 10 items, 6 paths.

    The first national index. Performance is perceived value (quality given
    price, price given quality); complaints (voice) fall with satisfaction, and
    the sign of Complaints -> Loyalty tells how well they are handled.

    References
    ----------
    Fornell (1992), A national customer satisfaction barometer: the Swedish
    experience, Journal of Marketing 56, 6-21.

    Examples
    --------
    >>> scsb().predecessors("Satisfaction")
    ('Expectation', 'Value')
    """
    return PathModel.parse(_SCSB)


def ecsi() -> PathModel:
    """European Customer Satisfaction Index, basic model: 7 constructs, 13 paths.

    The ACSI with image and with product and service quality apart, and without
    complaints. :func:`~csat_models.model.catalogue.ecsi_mobile` is its
    application with one quality and with complaint handling.

    References
    ----------
    ECSI Technical Committee (1998), European Customer Satisfaction Index:
    foundation and structure for harmonized national pilot projects; relations
    as in Tenenhaus et al. (2005), CSDA 48, 159-205, with quality split in two.

    Examples
    --------
    >>> ecsi().predecessors("Value")
    ('Expectation', 'ProductQuality', 'ServiceQuality')
    """
    return PathModel.parse(_ECSI)


def epsi() -> PathModel:
    """EPSI Rating, Extended Performance Satisfaction Index: 7 constructs, 9 paths.

    Image, expectation and both qualities are exogenous, and act on value; all
    but expectation act on satisfaction too, and satisfaction on loyalty.

    References
    ----------
    Hallencreutz and Parmler (2021), Important drivers for customer
    satisfaction: from product focus to image and service quality, Total Quality
    Management & Business Excellence 32, 501-510, on the surveys of EPSI Rating.

    Examples
    --------
    >>> epsi().predecessors("Loyalty")
    ('Satisfaction',)
    """
    return PathModel.parse(_EPSI)


def ncsb() -> PathModel:
    """Norwegian Customer Satisfaction Barometer of 2001: 12 constructs, 15 paths.

    Five dimensions of service quality, a price index in place of value and
    complaint handling act on satisfaction; corporate image, affective and
    calculative commitment follow from it and act on loyalty, as price and
    complaint handling do. ``ComplaintHandling`` is a quality, so that all paths
    are expected to be positive.

    References
    ----------
    Johnson, Gustafsson, Andreassen, Lervik and Cha (2001), The evolution and
    future of national customer satisfaction index models, Journal of Economic
    Psychology 22, 217-245.

    Examples
    --------
    >>> len(ncsb().predecessors("Satisfaction")), len(ncsb().predecessors("Loyalty"))
    (7, 5)
    """
    return PathModel.parse(_NCSB)


def ccsi() -> PathModel:
    """Chinese Customer Satisfaction Index: 6 constructs, 11 paths.

    The ACSI with brand image in front, and without complaints.

    References
    ----------
    GB/T 19038-2009, Guide to the evaluation model and method of customer
    satisfaction: six constructs and eleven relations.

    Examples
    --------
    >>> len(ccsi().paths)
    11
    """
    return PathModel.parse(_CCSI)


def jcsi() -> PathModel:
    """Japanese Customer Satisfaction Index, its chain: 6 constructs, 5 paths.

    Expectation, quality, value and satisfaction follow from each other, and
    recommendation and loyalty from satisfaction. The questionnaire has 21
    questions, of which three a construct stand here.

    References
    ----------
    Minami and Ogawa (2010), on the development of the model of the Japanese
    Customer Satisfaction Index and its theory (in Japanese); Service
    Productivity & Innovation for Growth (SPRING), which publishes it.

    Examples
    --------
    >>> jcsi().predecessors("Recommendation")
    ('Satisfaction',)
    """
    return PathModel.parse(_JCSI)
