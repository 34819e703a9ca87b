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
ORDER = tuple(_CHINESE_NAMES)
"""The constructs that can be suggested, causes before effects."""

_STEMS = (
    ("Satisfaction", r"c?u?sat?(isfaction)?|csi|cs|zufr\w*"),
    (
        "Loyalty",
        r"loy(al(ty)?)?|cusl|cl|rec(ommend)?|repur(chase)?|(weiter)?empf\w*|wiederkauf|treue",
    ),
    ("Expectation", r"c?u?exp?(ect)?(ations?)?|ce|erwart\w*"),
    ("Image", r"ima?g?e?|reput(ation)?"),
    ("Value", r"val(ue)?|perv|pv|preis\w*"),
    ("Quality", r"qua?l?(ity)?|perq|[ps]q|quali\w*"),
    ("Complaints", r"com(pl)?(aints?)?|cusco|beschwerden?"),
)
# The first that is found counts: a comparison with expectations measures satisfaction, and
# satisfaction with a part of the offer measures its quality.
_WORDINGS = (
    ("Quality", "投诉.{0,4}(渠道|热线|电话|入口|受理|畅通|便捷|方便)"),
    ("Complaints", r"投诉|抱怨|complain|beschwer"),
    (
        "Satisfaction",
        r"(与|和|跟|同).{0,8}(期望|预期|期待|理想).{0,8}(相比|比较|差距|接近)|与(期望|预期|理想)"
        r"|(compar|versus|relative|clos|(meet|met|exceed|fulfil|f[ae]ll)).{0,20}(expectation|ideal)",
    ),
    (
        "Satisfaction",
        r"(总体|整体|综合|总的|全面)(?!.{0,4}(质量|品质)).{0,10}(满意|评价)|overall.{0,20}satisf|satisf.{0,20}(overall|whole)",
    ),
    (
        "Loyalty",
        r"再次|推荐|继续|忠诚|转网|首选|优先选择|续约|更换|容忍|recommend|again|continue"
        r"|loyal(?!ty (card|program|scheme))|come back"
        r"|likel\w* .{0,8}to (buy|choose|return|renew|remain|switch)|first choice|empfehl|wieder",
    ),
    (
        "Value",
        r"性价比|价格|价值|物有所值|划算|(资费|收费|费用).{0,4}(合理|水平|高低|透明)|value for"
        r"|price|worth|afford|expensive|preis",
    ),
    (
        "Expectation",
        r"期望值|的(期望|预期)$|预期.{0,6}(质量|服务|水平)|(质量|服务|水平).{0,6}(预期|期望)"
        r"|expectations? of|expected (quality|level)|erwartung",
    ),
    ("Image", "(品牌|企业|公司)(的)?形象"),
    (
        "Quality",
        "网络|信号|通话|上网|网速|覆盖|营业厅|营业员|客服|热线|套餐|账单|缴费|充值|宽带|安装|维修|漫游|短信"
        "|促销|业务办理|办理|效率|排队|等候|等待|态度|环境|清洁|卫生|整洁|客房|房间|早餐|设施|设备|前台"
        "|店员|员工|商品|产品|菜品|口味|物流|配送|包装|售后|专业|及时|便利|方便|安全|舒适|稳定|准确|可靠性",
    ),
    (
        "Quality",
        r"clean|comfort|friendl|courte|polite|helpful|staff|employee|personnel|speed|prompt|quiet"
        r"|noise|variety|choice of|room|breakfast|\bfood|network|coverage|signal|reliab|accura"
        r"|billing|deliver|product|facilit|equipment|opening hours|knowledg|competen|\beas[ey]"
        r"|website|waiting|safety|freundlich|sauber",
    ),
    ("Satisfaction", r"满意|satisf|zufried"),
    ("Image", r"品牌|形象|声誉|信赖|信任|口碑|知名|社会责任|\bimage\b|reputation|trust|\bbrand\b"),
    ("Quality", r"质量|品质|quality|qualität"),
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
    >>> suggest_construct("Q", "Q1. 客房清洁"), suggest_construct("Q", "Q1")
    ('Quality', None)
    """
    by_name = (name for name, pattern in _STEMS if re.fullmatch(pattern, stem.casefold()))
    words = wording.casefold()
    by_wording = (name for name, pattern in _WORDINGS if re.search(pattern, words))
    return next(by_name, None) or next(by_wording, None)


def suggest_constructs(items: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Suggest what the items of a questionnaire measure.

    Parameters
    ----------
    items : mapping of str to (str, str)
        By name, in the questionnaire's order: what the name begins with, and
        the wording.

    Returns
    -------
    dict of str to (str, str)
        The construct, and what tells it: ``"its name or wording"``, or the
        ``"the items around it"`` where those before and after measure the same.
        Items without a suggestion are left out.

    Examples
    --------
    >>> suggest_constructs(
    ...     {"A1": ("A", "客房清洁"), "A2": ("A", "枕头"), "A3": ("A", "早餐"), "B": ("B", "其他")}
    ... )["A2"]
    ('Quality', 'the items around it')
    """
    found = {name: suggest_construct(*each) for name, each in items.items()}
    names = list(found)
    told = {name: (one, "its name or wording") for name, one in found.items() if one is not None}
    for place, name in enumerate(names):
        before = next((found[each] for each in names[place - 1 :: -1] if found[each]), None)
        after = next((found[each] for each in names[place + 1 :] if found[each]), None)
        if name not in told and place and before is not None and before == after:
            told[name] = (before, "the items around it")
    return {name: told[name] for name in names if name in told}


def chinese_name(construct: str) -> str:
    """Return how a suggested construct is called in Chinese.

    Examples
    --------
    >>> chinese_name("Value")
    '感知价值'
    """
    return _CHINESE_NAMES[construct]
