"""措辞: the rules, and what others would have changed."""

from __future__ import annotations

from typing import Final

ZH: Final[dict[str, str]] = {
    "nav-rules": "制度",
    "rules-now": "现行 {id}",
    "rules-try": "试行：新制度会改变什么",
    "rules-about": "把每个已做的决定，按当时已登记的内容，用这份制度重新判一遍。不写入任何内容，也不保存这份制度。当时被拒绝的不在账上，所以看不出新制度会放行什么。",
    "rules-file": "制度文件（TOML）",
    "rules-since": "从哪天起的事",
    "rules-text": "或直接写在这里",
    "rules-run": "试一试",
    "rules-unsound": "这份制度有问题，改好再试：",
    "rules-empty": "请选一个制度文件，或写在框里",
    "rules-result": "按 {id}",
    "rules-changed": "{tickets} 张工单的 {decisions} 个决定中，有 {changed} 个会不一样",
    "rules-unchanged": "{tickets} 张工单的 {decisions} 个决定都不会改变",
    "rules-cut": "内容太多，只看了一部分；请把日期往后调，或用命令行 aftersales rejudge --under",
    "rules-refused": "会被拒绝",
    "rules-other": "会记成别的事实",
    "rules-untold": "没有哪条命令会这样记",
    "rules-needless": "当时越过的规定，现在已不要求",
    "rules-more": "另有 {n} 个",
}

EN: Final[dict[str, str]] = {
    "nav-rules": "Rules",
    "rules-now": "in effect: {id}",
    "rules-try": "Try: what would other rules have changed?",
    "rules-about": "Every decision is judged once more by this playbook, on what was recorded by then. Nothing is written, and the playbook is not kept. What was refused at the time is in no ledger, so it is not told what new rules would have allowed.",
    "rules-file": "Playbook (TOML)",
    "rules-since": "What happened since",
    "rules-text": "Or write it here",
    "rules-run": "Try it",
    "rules-unsound": "This playbook has problems; mend it and try again:",
    "rules-empty": "choose a file, or write into the box",
    "rules-result": "Under {id}",
    "rules-changed": "{changed} of {decisions} decisions of {tickets} tickets would have come out otherwise",
    "rules-unchanged": "{decisions} decisions of {tickets} tickets would have come out as they did",
    "rules-cut": "there is more than a page should wait for, only a part was looked at; choose a later day, or aftersales rejudge --under on the command line",
    "rules-refused": "would be refused",
    "rules-other": "other facts would come of it",
    "rules-untold": "no command says what was recorded",
    "rules-needless": "a rule was gone over that does not ask any more",
    "rules-more": "{n} more",
}
