"""Open answers of the demonstration: Chinese phrases put together at random."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Objects = NDArray[np.object_]

TOPICS = ("network", "business", "service")

_GOOD = {
    "network": (
        "信号很好", "上网速度快", "在家里信号满格", "视频不卡", "通话清楚",
        "地铁里也能上网", "覆盖比以前好多了", "打电话很少掉线",
    ),
    "business": (
        "套餐很实惠", "资费清楚明白", "流量够用", "老用户也有优惠",
        "活动说到做到", "宽带和手机一起办很划算", "账单一目了然", "套餐选择多",
    ),
    "service": (
        "营业员态度热情", "客服很耐心", "报修来得快", "办业务不用排队",
        "安装师傅很专业", "手机上缴费很方便", "问题一次就解决了", "服务周到",
    ),
}  # fmt: skip
_MIXED = {
    "network": (
        "网络一般", "信号时好时坏", "晚上网速会慢一点", "郊区信号有待加强",
        "电梯里没有信号", "总体可以，地下车库信号差", "高峰期有点卡",
    ),
    "business": (
        "套餐还行", "价格再低一点就好了", "优惠活动可以多一些", "流量有点不够用",
        "希望套餐简单一些", "资费一般", "合约期有点长",
    ),
    "service": (
        "服务还可以", "客服电话等得有点久", "营业厅人多要排队", "报修要等一两天",
        "希望多开几个窗口", "服务一般，没什么特别的", "提醒短信太多",
    ),
}  # fmt: skip
_BAD = {
    "network": (
        "信号太差，经常没网", "上网很慢，视频老是卡", "打电话经常断线", "家里几乎没有信号",
        "网络不稳定，影响工作", "一下雨就断网", "反映多次信号问题都没改善",
    ),
    "business": (
        "资费太贵", "乱扣费，查不清楚", "套餐改不了，只能升不能降", "优惠都给新用户",
        "莫名其妙开通了增值业务", "宣传和实际不一样", "合约到期没人通知就涨价",
    ),
    "service": (
        "客服推来推去", "报修三天没人来", "投诉了也没有结果", "营业员态度不好",
        "人工客服很难打通", "办个业务跑了三趟", "答应回电话一直没有回",
    ),
}  # fmt: skip
_GOOD_ENDS = ("", "", "，很满意", "，继续保持", "，会推荐给朋友", "。谢谢", "，用了很多年了")
_MIXED_ENDS = ("", "", "，希望改进", "，其他都还好", "。总的来说可以", "，请考虑一下")
_BAD_ENDS = ("", "", "，很失望", "，准备换一家", "，请尽快解决", "！", "，再这样就转网了")
_MOODS: tuple[tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]], ...] = (
    (_BAD, _BAD_ENDS),
    (_MIXED, _MIXED_ENDS),
    (_GOOD, _GOOD_ENDS),
)
_PERSONAL = "，请回电13800000000"

_DISSATISFIED, _SATISFIED = 6.0, 8.5
_ANSWERING = (0.75, 0.45, 0.40)
_PERSONAL_SHARE = 0.01


def write_comments(satisfaction: Array, topics: Array, rng: np.random.Generator) -> Objects:
    """Write open answers that fit the scores.

    Parameters
    ----------
    satisfaction : ndarray, shape (n,)
        Mean satisfaction score, 1 to 10.
    topics : ndarray, shape (n, 3)
        Mean scores of network, business and service. The satisfied mostly
        praise the best of them, the others mostly name the worst.
    rng : Generator
        The source of randomness.

    Returns
    -------
    ndarray of object, shape (n,)
        Empty where nothing was said; the dissatisfied say more. A few ask
        for a call and leave a (fictitious) telephone number.

    Examples
    --------
    >>> comments = write_comments(np.full(50, 9.5), np.full((50, 3), 9.0), np.random.default_rng(1))
    >>> sorted(set(comments))[0]
    ''
    """
    n = len(satisfaction)
    mood = np.digitize(satisfaction, [_DISSATISFIED, _SATISFIED])
    noisy = topics + rng.normal(0.0, 1.0, topics.shape)
    topic = np.where(mood == 2, noisy.argmax(axis=1), noisy.argmin(axis=1))  # noqa: PLR2004
    draws = rng.random((4, n))
    result = np.full(n, "", dtype=object)
    for m, (phrases, ends) in enumerate(_MOODS):
        for t, name in enumerate(TOPICS):
            rows = np.flatnonzero((mood == m) & (topic == t) & (draws[0] < _ANSWERING[m]))
            said = _pick(phrases[name], draws[1, rows])
            result[rows] = said + _pick(ends, draws[2, rows])
    personal = (result != "") & (draws[3] < _PERSONAL_SHARE)
    result[personal] += _PERSONAL
    return result


def _pick(phrases: tuple[str, ...], draw: Array) -> Objects:
    table = np.array(phrases, dtype=np.object_)
    choice: Objects = table[(draw * len(phrases)).astype(np.int64)]
    return choice
