"""路程: named places in a ticket's life and the real commands that lead there, as data.

A trail is a story; its places stand in order, and each adds the commands that lead on from the place before.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from aftersales_core.testing.samples import sampled
from aftersales_core.testing.scene import Scene, Step

Trail: TypeAlias = dict[str, tuple[Step, ...]]


def _one(command: str, role: str, **fields: Any) -> tuple[Step, ...]:
    return (Step(command, role, fields),)


_PARTS: Final = [
    {"item": "衣柜门板", "qty": 2, "needs_goods": True, "cause": "少发"},
    {"item": "抽屉调缝", "qty": 1, "needs_goods": False},
]

_TO_THE_DOOR: Final[Trail] = {
    "已预约": _one("make-appointment", "cs_specialist"),
    "已备单": _one("prepare-papers", "cs_specialist"),
    "已派工": _one("dispatch", "cs_supervisor"),
    "已确认到达": _one("confirm-arrival", "installer"),
    "在途": _one("depart", "installer"),
    "已到现场": (*_one("arrive", "installer"), *_one("tick-checks", "installer")),
}

_WITH_TOOLS: Final = (*_one("confirm-arrival", "installer"), *_one("tick-checks", "installer"))
"""Before a repair the tools are checked; an installation brings its goods, and those are checked on site."""

_THE_SLIP: Final[Trail] = {
    "已验收": _one("accept-work", "installer"),
    "反馈单已上交": _one("hand-in-slip", "installer"),
    "反馈单已签字": _one("approve-slip", "install_supervisor"),
    "反馈单已转交": _one("pass-on-slip", "install_supervisor"),
    "反馈单已登记": _one("register-slip", "cs_specialist"),
}

_THE_END: Final[Trail] = {
    "已回访": _one("revisit", "cs_specialist"),
    "回访已登记": _one("register-revisit", "cs_specialist"),
    "回访已共享": _one("share-revisit", "cs_specialist"),
    "已归档": _one("archive", "cs_specialist"),
    "已结案": _one("close", "cs_specialist"),
}

_THE_SHEET: Final[Trail] = {
    "处理单已开": _one("issue-sheet", "designer"),
    "处理单已审核": _one("review-sheet", "install_supervisor"),
    "遗留已确认": _one("confirm-leftover", "cs_specialist"),
    "责任已判定": _one("rule-liability", "install_supervisor"),
    "已下单": _one("order-goods", "cs_specialist"),
    "反馈表已上传": _one("upload-form", "cs_specialist"),
    "已有交期": _one("promise-goods", "cs_specialist"),
    "已发货": _one("ship-goods", "cs_specialist"),
    "已部分检查": _one("inspect-goods", "warehouse_keeper", lines=[{"line": "L1-1", "good": 1}]),
    "部分到货": _one("receive-goods", "warehouse_keeper"),
    "已检查": _one("inspect-goods", "warehouse_keeper"),
    "已到齐": _one("receive-goods", "warehouse_keeper"),
    "已通知到货": _one("notify-arrival", "warehouse_keeper"),
}

_SECOND_VISIT: Final[Trail] = {
    "再次预约": _TO_THE_DOOR["已预约"],
    "再次备单": _TO_THE_DOOR["已备单"],
    "再次派工": _TO_THE_DOOR["已派工"],
    "已领料": _one("draw-goods", "installer"),
    "再次确认到达": _TO_THE_DOOR["已确认到达"],
    "再次在途": _TO_THE_DOOR["在途"],
    "再次到现场": _TO_THE_DOOR["已到现场"],
    "再次完工": _one("complete-visit", "installer", work="遗留全部处理完"),
    "再次验收": _THE_SLIP["已验收"],
    "再次上交反馈单": _THE_SLIP["反馈单已上交"],
    "反馈单再次签字": _THE_SLIP["反馈单已签字"],
    "反馈单再次转交": _THE_SLIP["反馈单已转交"],
    "反馈单再次登记": _THE_SLIP["反馈单已登记"],
}

_INSTALLATION: Final[Trail] = {
    "尚未建单": (),
    "已受理": _one("report", "cs_specialist", category="installation"),
    "已联系": _one("acknowledge", "cs_specialist"),
    "已判定": _one("triage", "cs_specialist"),
    **_TO_THE_DOOR,
}

_REPAIR: Final[Trail] = {
    "尚未建单": (),
    "已受理": _one("report", "cs_specialist"),
    "已联系": _one("acknowledge", "cs_specialist"),
    "已诊断": _one("diagnose", "aftersales_specialist"),
}

TRAILS: Final[dict[str, Trail]] = {
    "安装": {
        **_INSTALLATION,
        "已完工": _one("complete-visit", "installer"),
        **_THE_SLIP,
        **_THE_END,
    },
    "维修": {
        **_REPAIR,
        "已判定": _one("triage", "cs_specialist"),
        **_TO_THE_DOOR,
        "已确认到达": _WITH_TOOLS,
        "已完工": _one("complete-visit", "aftersales_specialist", work="铰链孔位修补完毕"),
        **_THE_SLIP,
        **_THE_END,
    },
    "安装有遗留": {
        **_INSTALLATION,
        "遗留已登记": _one("complete-visit", "installer", work="主体装好，余两项遗留", leftovers=_PARTS),
        **_THE_SLIP,
        "遗留已写入日报": _one("write-leftover", "installer"),
        **_THE_SHEET,
        **_SECOND_VISIT,
        **_THE_END,
    },
    "维修待配件": {
        **_REPAIR,
        "已判定": _one("triage", "cs_specialist", needs_goods=True),
        "遗留已登记": _one("raise-leftover", "cs_specialist"),
        **_THE_SHEET,
        **_SECOND_VISIT,
        "再次确认到达": _WITH_TOOLS,
        **_THE_END,
    },
}
"""Trail → place → the commands that lead there from the place before."""


def travel(scene: Scene, trail: str, place: str) -> Scene:
    """Bring *scene*, which holds no fact yet, along *trail* to *place*.

    Raises:
        LookupError: there is no such trail or place; the message names those there are.
    """
    if trail not in TRAILS:
        raise LookupError(f"there is no trail {trail!r}; there are {'、'.join(TRAILS)}")
    places = TRAILS[trail]
    if place not in places:
        raise LookupError(f"trail {trail!r} has no place {place!r}; there are {'、'.join(places)}")
    for name, steps in places.items():
        for step in steps:
            scene.given(sampled(scene, step))
        if name == place:
            break
    return scene


def scene_at(trail: str, place: str, **scene: Any) -> Scene:
    """A new scene at *place* of *trail*; *scene* are fields of `Scene`, e.g. its playbook."""
    return travel(Scene(**scene), trail, place)
