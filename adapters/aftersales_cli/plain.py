"""单张工单: how `show` writes a ticket. Plain text from plain values, shared by the quick way and the slow one."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from aftersales_cli import masking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

HOUSE_ZONE = timezone(timedelta(hours=8))
"""The presets all keep Asia/Shanghai, without summer time since 1991; zoneinfo would cost the quick way its quickness."""

PERSON = ("customer", "phone", "address")
LIFE = ("crew", "open_lines", "opened_at", "stage_since", "last_at", "next_due")


def moment(value: datetime | str) -> str:
    """`2026-11-02 09:00` of a moment, in the time of the house."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.astimezone(HOUSE_ZONE).isoformat(sep=" ", timespec="minutes")[:16]


def width(text: str) -> int:
    """Columns *text* takes in a terminal."""
    return sum(2 if "\u1100" <= c <= "\u115f" or ("\u2e80" <= c <= "\uffe6" and not "\uff61" <= c <= "\uffdc") else 1 for c in text)


def padded(text: str, columns: int) -> str:
    return text + " " * max(columns - width(text), 0)


def ticket(
    board: Mapping[str, Any],
    timeline: Sequence[Mapping[str, Any]],
    words: Mapping[str, Mapping[str, str]],
    phrases: Mapping[str, str],
    unmask: bool,
) -> str:
    """A ticket as text.

    Args:
        board: its row of the board; *timeline*: its rows of the timeline, in order.
        words: the vocabulary of the trade; *phrases*: the words of the command line.
    """

    def word(vocabulary: str, key: Any) -> str:
        return words.get(vocabulary, {}).get(str(key), str(key))

    def shown(name: str) -> str:
        value = board.get(name)
        if value is None or value == "" or value == ():
            return "—"
        if name == "phone":
            return str(value) if unmask else masking.phone(str(value))
        if name.endswith(("_at", "_since", "_due")):
            return moment(value)
        said = ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
        return said if unmask else masking.text(said)

    title = f"{board['ticket']}  {word('stage', board['stage'])}"
    if board.get("category"):
        title += f"  {word('category', board['category'])}"
    out = [title, ""]
    labels = {name: phrases[f"col-{name}"] for name in (*PERSON, *LIFE)}
    column = max(map(width, labels.values())) + 2
    out += [padded(labels[name], column) + shown(name) for name in (*PERSON, *LIFE)]
    out.append("")
    for row in timeline:
        who = f"{word('role', row['role'])} {row['actor']}"
        version, at = f"{row['version']:>4}", moment(row["occurred_at"])
        flags = "".join(f"  ⚠ {word('flag', flag)}" for flag in _flags(row))
        out.append(f"{version}  {at}  {padded(word('fact', row['kind']), 24)}{who}{flags}".rstrip())
    return "\n".join(out) + "\n"


def _flags(row: Mapping[str, Any]) -> Sequence[str]:
    return [flag for flag in str(row.get("flags") or "").split("、") if flag]
