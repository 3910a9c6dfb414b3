"""措辞: finding tickets, opening one."""

from __future__ import annotations

from typing import Final

ZH: Final[dict[str, str]] = {
    "nav-tickets": "工单",
    "search-title": "工单",
    "search-new": "新建工单",
    "search-go": "查找",
    "search-by-number": "单号",
    "search-narrow": "客户资料对您的角色是遮蔽的，只能按单号查找。",
    "search-where": "在哪里找到",
    "search-in-ticket": "单号",
    "search-in-customer": "客户",
    "search-in-phone": "电话",
    "search-in-address": "地址",
    "search-found": "找到的工单",
    "search-first": "回到第一页",
    "search-next": "下一页",
    "search-nothing": "没有找到“{q}”",
    "search-nothing-help": "可以只写电话的后四位、单号的一部分，或换上面另一栏看看。",
    "search-none": "还没有工单",
    "search-known": "这个电话已有 {n} 张工单，先看看是不是同一件事：",
    "search-number-hint": "按日期顺排，可以改",
    "search-free": "{number} 还没有人用",
    "search-may-not-report": "按制度，您这个角色不登记报修；请找客服专员",
}

EN: Final[dict[str, str]] = {
    "nav-tickets": "Tickets",
    "search-title": "Tickets",
    "search-new": "New ticket",
    "search-go": "Find",
    "search-by-number": "number",
    "search-narrow": "Customers are masked for your role; you can search by number only.",
    "search-where": "Where it was found",
    "search-in-ticket": "Number",
    "search-in-customer": "Customer",
    "search-in-phone": "Telephone",
    "search-in-address": "Address",
    "search-found": "Tickets found",
    "search-first": "Back to the first page",
    "search-next": "Next page",
    "search-nothing": "“{q}” was not found",
    "search-nothing-help": "Try the last four digits of the telephone, a part of the number, or another tab above.",
    "search-none": "No tickets yet",
    "search-known": "This telephone has {n} tickets already; see whether it is the same matter:",
    "search-number-hint": "the next of the day; you can change it",
    "search-free": "{number} is free",
    "search-may-not-report": "under the playbook your role does not open tickets; ask customer service",
}
