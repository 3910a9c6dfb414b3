"""措辞: the board."""

from __future__ import annotations

from typing import Final

ZH: Final[dict[str, str]] = {
    "board-columns": "列",
    "board-table": "表",
    "board-find": "单号、客户、电话、地址",
    "board-all-categories": "全部类别",
    "board-crew": "上门人员",
    "board-everybody": "全部人员",
    "board-late-only": "只看超期",
    "board-filter": "筛选",
    "board-clear": "清除筛选",
    "board-stages": "阶段",
    "board-all-stages": "全部阶段",
    "board-stage": "阶段",
    "board-lines": "遗留 {n}",
    "board-complaint": "投诉",
    "board-more": "更多",
    "board-empty": "没有工单",
    "board-opened": "受理",
    "board-last": "最近更新",
    "board-no-such-stage": "没有“{stage}”这个阶段；请从看板进入",
}

EN: Final[dict[str, str]] = {
    "board-columns": "Columns",
    "board-table": "Table",
    "board-find": "number, customer, phone, address",
    "board-all-categories": "All categories",
    "board-crew": "Crew",
    "board-everybody": "Everybody",
    "board-late-only": "Overdue only",
    "board-filter": "Filter",
    "board-clear": "Clear",
    "board-stages": "Stages",
    "board-all-stages": "All stages",
    "board-stage": "Stage",
    "board-lines": "{n} left over",
    "board-complaint": "complaint",
    "board-more": "More",
    "board-empty": "no tickets",
    "board-opened": "Reported",
    "board-last": "Last change",
    "board-no-such-stage": "there is no stage {stage}; start from the board",
}
