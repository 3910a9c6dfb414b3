"""词语: from the words of a feature file to the names and values of the core.

Field and value words come from `wording` first; those it does not have are here, those of a playbook's own in `own_words`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from aftersales_core.playbooks import Playbook
from aftersales_core.reports import Line
from aftersales_core.rules import EVERY_COMMAND
from aftersales_core.testing import own_words
from aftersales_core.testing.own_words import Titles
from aftersales_core.wording import zh

_WHERE: Final = frozenset(["第几次上门", "第几张遗留单", "发生时间", "渠道", "操作人"])
"""What a table of fields of the house's own says of the filling in itself."""

BLANK: Final = "（空）"
"""A cell that takes the sample value away."""

_MORE_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "原系统": ("origin",), "旧单号": ("old_no",), "工单阶段": ("stage",), "提出方": ("asked_by",),
    "备注": ("remark", "note"), "诊断结果": ("finding",), "调查结果": ("finding",), "损坏程度": ("damage",),
    "客户要求": ("wishes",), "判定结论": ("covered",), "依据": ("ground",), "承担方": ("bearer", "party"),
    "金额": ("amount",), "方案": ("remedy",), "解决办法": ("solution",), "承接部门": ("owner",),
    "约定人": ("agreed_with",), "单据": ("papers",), "客户在场": ("customer_present",), "核对项目": ("items",),
    "收据号": ("receipt_no",), "完成的工作": ("work",), "地点": ("place",), "解决明细": ("settles",),
    "遗留": ("leftovers", "lines"), "已写入日报": ("written",), "验收人": ("by",), "签字人": ("signed_by",),
    "产品评分": ("product_rating",), "评分方式": ("rating_channel",), "反馈单号": ("slip_no",),
    "填写完整": ("complete",), "附日报表": ("daily_report",), "拒收原因": ("why", "refused_for"), "处理单号": ("sheet_no",),
    "审核通过": ("approved",), "工厂单号": ("factory_order",), "下单时间": ("ordered_at",), "交货日期": ("promised_on",),
    "运单号": ("waybill",), "结清方式": ("settled_by",), "拆箱检查": ("opened",), "入仓单号": ("entry_no",),
    "回访类别": ("call_class",), "回访结果": ("outcome",), "共享群": ("group",), "投诉内容": ("about",),
    "整改措施": ("measure",), "已告知客户": ("customer_told",), "存档位置": ("shelf",), "条号": ("version",),
    "更正内容": ("changes",), "第几次上门": ("visit",), "第几张遗留单": ("leftover",), "第几号投诉": ("complaint", "about"),
    "例外理由": ("override",), "渠道": ("channel",), "代谁": ("on_behalf_of",), "明细": ("lines", "line"),
    "来源": ("source",), "资料未知": ("unknown",), "首次联系时间": ("acknowledged_at",), "改约次数": ("moved",),
    "有评分": ("scored",), "自开自审": ("own_sheet",), "未接次数": ("attempts",), "重开次数": ("reopened",),
    "承担": ("party",), "已归档单据": ("archived",), "已收款": ("paid",), "退货件数": ("rejected",),
    "到货件数": ("arrived",), "领料件数": ("drawn",), "已登记": ("registered",), "已共享": ("shared",),
    "被更正的条": ("corrected",), "已上传": ("uploaded",), "角色": ("role", "next_role"), "下一步": ("next_step",),
}  # fmt: skip

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    **{said: (name,) for name, said in zh.WORDS["field"].items()},
    **_MORE_FIELDS,
}
"""Word → field names it can mean; which one, the command or the part of the ticket decides."""

CHOICES: Final[dict[str, dict[str, str]]] = {
    "category": {said: name for name, said in zh.WORDS["category"].items()},
    "outcome": {said: name for name, said in zh.WORDS["outcome"].items()},
    "stage": {said: name for name, said in zh.WORDS["stage"].items()},
    "party": {said: name for name, said in zh.WORDS["party"].items()},
    "bearer": {said: name for name, said in zh.WORDS["party"].items()},
    "papers": {said: name for name, said in zh.WORDS["paper"].items()},
    "paper": {said: name for name, said in zh.WORDS["paper"].items()},
    "step": {said: name for name, said in zh.WORDS["paper-step"].items()},
    "time_of_day": {said: name for name, said in zh.WORDS["time-of-day"].items()},
    "purpose": {said: name for name, said in zh.WORDS["purpose"].items()},
    "means": {said: name for name, said in zh.WORDS["means"].items()},
    "customer_file": {said: name for name, said in zh.WORDS["customer-file"].items()},
    "occasion": {said: name for name, said in zh.WORDS["occasion"].items()},
    "archived": {said: name for name, said in zh.WORDS["paper"].items()},
    "unknown": {said: name for name, said in zh.WORDS["field"].items()},
    "service": {"安装": "install", "维修": "repair", "换货": "exchange", "退货": "return", "咨询": "advice"},
    "owner": {"安装部": "install_dept", "售后部": "aftersales_dept"},
    "covered": {
        "保修": "covered",
        "不保修": "not-covered",
        "人情处理": "goodwill",
        "待取证": "needs-evidence",
    },
    "by": {"客户": "customer", "安装主管": "supervisor"},
    "asked_by": {"客户": "customer", "公司": "company"},
    "why": {"无评分": "no-score", "不完整": "incomplete", "未签字": "unsigned", "其他": "other"},
    "refused_for": {"无评分": "no-score", "不完整": "incomplete", "未签字": "unsigned", "其他": "other"},
    "place": {"现场": "on-site", "车间": "workshop", "远程": "remote"},
    "settled_by": {"保持现状": "kept-as-is", "退款": "refund", "登记有误": "mistake"},
    "rating_channel": {"纸面": "paper", "线上": "online", "电话": "phone", "其他": "other"},
}
"""Field → word → value; a word that is not listed is the value itself."""

_YES_NO: Final = {"是": True, "有": True, "在": True, "否": False, "无": False, "不在": False}
_BOOLS: Final = frozenset(
    [
        "needs_goods",
        "address_confirmed",
        "customer_present",
        "written",
        "complete",
        "daily_report",
        "approved",
        "opened",
        "leftovers_checked",
        "customer_told",
        "scored",
        "own_sheet",
        "registered",
        "shared",
        "uploaded",
        "solved",
    ]
)
_MOMENTS: Final = frozenset(["occurred_at", "start", "end", "expected_at", "ordered_at", "acknowledged_at"])
_NUMBERS: Final = frozenset(
    [
        "version",
        "visit",
        "leftover",
        "complaint",
        "rating",
        "product_rating",
        "satisfaction",
        "moved",
        "attempts",
        "reopened",
        "rejected",
        "arrived",
        "drawn",
        "found",
    ]
)
_LISTS: Final = frozenset(
    ["papers", "crew", "items", "settles", "lines", "leftovers", "unknown", "archived", "corrected"]
)
_DAYS: Final = {"前天": -2, "昨天": -1, "今天": 0, "明天": 1, "后天": 2}
_DAY: Final = re.compile(r"前天|昨天|今天|明天|后天|\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(rf"({_DAY.pattern}) (\d{{1,2}}):(\d{{2}})")
_INSPECTED: Final = re.compile(r"(L\d+-\d+) 好 ?(\d+)(?: ?坏 ?(\d+))?")
_PIECES: Final = re.compile(r"(L\d+-\d+) (\d+) ?件")
_LEFTOVER: Final = re.compile(r"(\S+?)(?: (\d+) ?件)? (要下单|不下单)")
_LINE_ID: Final = re.compile(r"L\d+-\d+")


def named(said: str, vocabulary: str, titles: Titles | None = None) -> str:
    """The name behind a Chinese word of a vocabulary of `wording`, or of a playbook's own *titles*; a name is its own word.

    Raises:
        LookupError: neither; the message lists the words there are.
    """
    words: Mapping[str, str] = zh.WORDS.get(vocabulary, {})
    if said in words or (titles and f"{vocabulary}:{said}" in titles):
        return said
    if titles and (own := own_words.titled(said, vocabulary, titles)) is not None:
        return own
    found = [name for name, word in words.items() if word == said]
    if len(found) != 1:
        known = (*words.values(), *(title.zh for name, title in (titles or {}).items() if name.startswith(f"{vocabulary}:")))
        raise LookupError(f"「{said}」不是{vocabulary}的词；可用：{'、'.join(known)}")
    return found[0]


def split(said: str) -> tuple[str, ...]:
    """A list as Chinese writes it."""
    return tuple(part.strip() for part in said.split("、") if part.strip())


def field(said: str, known: Iterable[str]) -> str:
    """The field that a word means among the *known* ones; a field's own name is its own word.

    Raises:
        LookupError: none of them.
    """
    names = (*FIELDS.get(said, ()), said)
    for name in names:
        if name in known:
            return name
    raise LookupError(f"这里没有字段「{said}」；可用：{'、'.join(sorted(known))}")


def day(said: str, now: datetime) -> date:
    """A day by its date or as seen from *now*.

    Raises:
        ValueError: not written like `昨天` or `2026-11-02`.
    """
    if _DAY.fullmatch(said) is None:
        raise ValueError(f"日期「{said}」请写成 昨天 或 2026-11-02")
    return now.date() + timedelta(days=_DAYS[said]) if said in _DAYS else date.fromisoformat(said)


def moment(said: str, now: datetime) -> datetime:
    """A day and an hour, the day by its date or as seen from *now*, in the zone of *now*.

    Raises:
        ValueError: not written like `昨天 16:30` or `2026-11-02 09:00`.
    """
    found = _MOMENT.fullmatch(said)
    if found is None:
        raise ValueError(f"时刻「{said}」请写成 昨天 16:30 或 2026-11-02 09:00")
    on, hour, minute = found.groups()
    return datetime.combine(day(on, now), time(int(hour), int(minute)), now.tzinfo)


def value(name: str, said: str, now: datetime, titles: Titles | None = None) -> Any:
    """What a cell says of field *name*; None where it is blank. What is not understood goes on as it stands.

    Args:
        titles: what a playbook calls things of its own.
    """
    if said == BLANK:
        return None
    if titles and name not in _LISTS and (own := own_words.own(name, said, titles)) is not None:
        return own
    if name == "day":
        return day(said, now) if _DAY.fullmatch(said) else said
    if name == "ref":
        return own_words.ref(said)
    if name == "opinions":
        return own_words.opinions(said)
    if name in _BOOLS:
        return _YES_NO.get(said, said)
    if name in _MOMENTS:
        return moment(said, now) if _MOMENT.fullmatch(said) else said
    if name in _NUMBERS:
        return int(said) if said.isascii() and said.isdigit() else said
    if name in {"amount", "quoted", "paid"}:
        yuan = re.fullmatch(r"(\d+) ?元", said)
        return int(yuan[1]) * 100 if yuan else said
    if name == "changes":
        return _changes(said, now)
    if name in _LISTS:
        return () if said == "无" else tuple(_piece(name, part, titles) for part in split(said))
    return CHOICES.get(name, {}).get(said, said)


def _piece(name: str, said: str, titles: Titles | None) -> Any:
    if titles and (own := own_words.own(name, said, titles)) is not None:
        return own
    if seen := _INSPECTED.fullmatch(said):
        return {"line": seen[1], "good": int(seen[2]), "bad": int(seen[3] or 0)}
    if pieces := _PIECES.fullmatch(said):
        return {"line": pieces[1], "qty": int(pieces[2])}
    if (
        name in {"lines", "leftovers"}
        and _LINE_ID.fullmatch(said) is None
        and (left := _LEFTOVER.fullmatch(said))
    ):
        return {"item": left[1], "qty": int(left[2] or 1), "needs_goods": left[3] == "要下单"}
    if name == "corrected":
        return int(said)
    return CHOICES.get(name, {}).get(said, said)


def _changes(said: str, now: datetime) -> dict[str, Any]:
    """`联系电话=139…、评分=4`: field by field, as plain values."""
    changes: dict[str, Any] = {}
    for part in split(said):
        word, _, new = part.partition("=")
        name = FIELDS.get(word, (word,))[0]
        plain = value(name, new, now)
        changes[name] = plain.isoformat() if isinstance(plain, datetime) else plain
    return changes


VIEWS: Final[dict[str, str]] = {
    **{said.strip("《》"): name for name, said in zh.WORDS["register"].items()},
    "看板": "board", "时间线": "timeline", "遗留台账": "leftovers", "客户档案": "customers", "时长": "times", "评分": "scores",
    "问题": "faults",
}  # fmt: skip
"""Name of a register as people say it → its view."""

COLUMNS: Final[dict[str, str]] = {
    "工单": "ticket", "对象": "ref", "下一步": "command", "清单": "list", "出现": "opens_at", "时限": "due_at", "超期": "breach_at",
    "条款": "clauses", "状态": "state", "处理单": "sheet", "完工": "installed_at", "上交": "handed_in_at", "登记": "registered_at",
    "签字人": "approved_by", "第几次": "call", "回访时间": "called_at", "日期": "day", "进出": "move", "时间": "at", "货位": "place",
    "经手人": "actor", "人员": "crew_member", "计提": "counts", "原因": "why", "几天后上交": "days", "尚欠件数": "outstanding",
    "下单": "ordered_at", "发货": "shipped_at", "到齐": "in_at", "了结": "closed_at", "责任方": "party", "遗留": "leftovers",
    "记入": "form", "事由": "matter", "事实": "kind", "受理时间": "opened_at", "结案时间": "closed_at", "回访次数": "calls",
    "投诉次数": "complaints", "最近满意度": "last_satisfaction", "首次响应": "responded_at", "解决时间": "solved_at",
    "栏目": "called", "所属": "part",
}  # fmt: skip
"""Heading of a column → its name in the row; headings that are fields are in FIELDS."""

_SPOKEN: Final = {"state": "state", "sheet": "state", "stage": "stage", "role": "role", "command": "command", "list": "list",
                  "task": "task", "move": "move", "party": "party", "category": "category", "outcome": "outcome",
                  "papers": "paper", "why": "why-not", "kind": "fact", "form": "register", "matter": "matter", "paper": "paper",
                  "next_step": "paper-step", "next_role": "role"}  # fmt: skip
"""Column → the vocabulary its values are told in."""


def view(said: str) -> str:
    """The view that people call so, with or without 《》; a view's name is its own word.

    Raises:
        LookupError: none.
    """
    name = said.strip("《》")
    if name in VIEWS or name in VIEWS.values():
        return VIEWS.get(name, name)
    raise LookupError(f"没有登记表「{said}」；可用：{'、'.join(VIEWS)}")


def column(said: str, known: Collection[str]) -> str:
    """The column that a heading means among the *known* ones.

    Raises:
        LookupError: none of them.
    """
    name = COLUMNS.get(said, "")
    return name if name in known else field(said, known)


def shown(name: str, found: Any, now: datetime) -> str:
    """The value of column *name* as people read it, a moment to the minute in the zone of *now*."""
    if found is None or found == "":
        return BLANK
    if isinstance(found, datetime):
        return found.astimezone(now.tzinfo).isoformat(" ", "minutes")[:16]
    if isinstance(found, bool):
        return "是" if found else "否"
    if name in {"ref", "part"}:
        return own_words.part(str(found))
    if name in _SPOKEN:
        spoken = zh.WORDS[_SPOKEN[name]]
        return "、".join(spoken.get(part, part) for part in str(found).split("、"))
    return str(found)


def says(name: str, found: Any, expected: str, now: datetime) -> bool:
    """Whether the value of column *name* is what a cell says."""
    if isinstance(found, datetime) and _MOMENT.fullmatch(expected):
        return found.replace(second=0, microsecond=0) == moment(expected, now)
    return shown(name, found, now) == expected


def fields(
    table: Sequence[Sequence[str]] | None, command: str, now: datetime, playbook: Playbook | None = None
) -> dict[str, Any]:
    """The fields of *command* from a table of two columns without a header: field, value.

    What `fill-fields` fills in stands in the table itself, each field under the title that *playbook* gives it.

    Raises:
        LookupError: a field the command does not have.
    """
    titles = playbook.titles if playbook else {}
    found: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for row in table or ():
        word, said = (cell.strip() for cell in row)
        if command == "fill-fields" and word not in _WHERE:
            name = own_words.titled(word, "custom", titles) or word
            own[name] = None if said == BLANK else own_words.content(playbook.fields.get(name) if playbook else None, said)
            continue
        name = field(word, EVERY_COMMAND[command].model_fields)
        found[name] = value(name, said, now, titles)
    return {**found, "fields": own} if own else found


_REPORTED: Final[dict[str, tuple[str, str]]] = {
    "month": ("月份", ""), "span": ("时段", "span"), "by": ("按", "by"), "name": ("名称", ""), "source": ("来源", "score-source"),
    "model": ("型号", ""), "what": ("按", "what"), "first": ("首次", ""), "last": ("末次", ""), "count": ("数量", ""),
    "median": ("中位", ""), "p90": ("九成以内", ""), "mean": ("平均", ""), "share": ("4～5 分占比", ""),
}  # fmt: skip
"""What a line of a report tells → its heading, and the vocabulary its values are told in."""


def report_line(line: Line) -> dict[str, str]:
    """A line of a report as people read it, minutes as minutes, by its headings."""
    told = {_REPORTED[name][0]: zh.WORDS.get(_REPORTED[name][1], {}).get(said, said) for name, said in line.about.items()}
    return {**told, **{_REPORTED[name][0]: f"{figure.value:g}" for name, figure in line.figures.items()}}
