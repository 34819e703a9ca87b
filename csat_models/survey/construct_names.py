"""What an item probably measures, by its name and its wording: a suggestion, never a decision."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CHINESE_NAMES: Mapping[str, str] = {
    "Image": "形象",
    "Expectation": "顾客期望",
    "Quality": "感知质量",
    "Value": "感知价值",
    "Satisfaction": "满意度",
    "Complaints": "抱怨",
    "Loyalty": "忠诚度",
}
_STEMS = (
    ("Satisfaction", r"c?u?sat(isfaction)?|csi"),
    ("Loyalty", r"loy(al(ty)?)?|cusl|rec(ommend)?"),
    ("Expectation", r"c?u?exp?(ect)?(ations?)?"),
    ("Image", r"ima?g?e?"),
    ("Value", r"val(ue)?|perv"),
    ("Quality", r"qua?l?(ity)?|perq"),
    ("Complaints", r"com(pl)?(aints?)?|cusco"),
)
# The first that is found counts: a comparison with expectations measures satisfaction.
_WORDINGS = (
    ("Complaints", r"投诉|抱怨|complain"),
    (
        "Satisfaction",
        r"(与|和|跟|同).{0,8}(期望|预期|期待|理想).{0,8}(相比|比较|差距|接近)|与(期望|预期|理想)"
        r"|(compar|versus|relative|(meet|exceed|fulfil|f[ae]ll)).{0,20}(expectation|ideal)",
    ),
    ("Loyalty", r"再次|推荐|继续|忠诚|recommend|again|continue|loyal"),
    ("Value", r"性价比|价格|价值|value for|price"),
    (
        "Expectation",
        r"期望值|预期.{0,6}(质量|服务|水平)|(质量|服务|水平).{0,6}(预期|期望)"
        r"|expectations? of|expected (quality|level)",
    ),
    ("Satisfaction", r"满意|satisf"),
    ("Image", r"品牌|形象|声誉|\bimage\b|reputation"),
    ("Quality", r"质量|quality"),
)


def suggest_construct(stem: str, wording: str) -> str | None:
    """Suggest what an item measures.

    Parameters
    ----------
    stem : str
        What its name begins with, such as ``"SAT"``.
    wording : str
        Its question, or its whole name where the file has no wording.

    Returns
    -------
    str or None
        A construct of the customer-satisfaction indices; None where nothing
        tells.

    Examples
    --------
    >>> suggest_construct("Q", "Q8. 与期望相比"), suggest_construct("Q", "服务质量的期望值")
    ('Satisfaction', 'Expectation')
    >>> suggest_construct("Q", "Q1. 客房清洁") is None
    True
    """
    by_name = (name for name, pattern in _STEMS if re.fullmatch(pattern, stem.casefold()))
    words = wording.casefold()
    by_wording = (name for name, pattern in _WORDINGS if re.search(pattern, words))
    return next(by_name, None) or next(by_wording, None)


def chinese_name(construct: str) -> str:
    """Return how a suggested construct is called in Chinese.

    Examples
    --------
    >>> chinese_name("Value")
    '感知价值'
    """
    return _CHINESE_NAMES[construct]
