"""措辞: the day's work."""

from __future__ import annotations

from typing import Final

ZH: Final[dict[str, str]] = {
    "list-overdue": "已超期",
    "today-all": "全部清单",
    "today-overdue": "超期 {n} 项",
    "today-late": "超期 {n}",
    "today-ahead": "未到时间",
    "today-done-n": "今日已办 {n}",
    "today-lists": "今日清单",
    "today-print": "打印",
    "today-then": "这是 {at} 当时看到的清单，只读。",
    "today-now": "回到现在",
    "today-nothing": "这个角色现在没有待办",
    "today-house": "例行工作",
    "today-found": "发现几件",
    "today-note": "备注",
    "today-done": "完成",
    "today-more": "还有 {n} 项",
    "today-next-page": "下一页",
    "today-bad-moment": "看不懂时刻“{at}”；请写成 2026-11-02T08:00",
}

EN: Final[dict[str, str]] = {
    "list-overdue": "Overdue",
    "today-all": "All lists",
    "today-overdue": "{n} overdue",
    "today-late": "{n} late",
    "today-ahead": "not yet",
    "today-done-n": "{n} done today",
    "today-lists": "Lists of the day",
    "today-print": "Print",
    "today-then": "This is the list as it would have been seen at {at}; nothing can be changed.",
    "today-now": "Back to now",
    "today-nothing": "nothing to do for this role now",
    "today-house": "routine of the house",
    "today-found": "How many found",
    "today-note": "Note",
    "today-done": "Done",
    "today-more": "{n} more",
    "today-next-page": "Next page",
    "today-bad-moment": "{at!r} is no moment; write it as 2026-11-02T08:00",
}
