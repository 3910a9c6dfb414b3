"""单张工单: how `show` writes a ticket. Plain text from plain values, shared by the quick way and the slow one.

Of what the quick way can do without, nothing is imported here: neither `datetime` nor `__future__`, so hints stand in quotes.
"""

from aftersales_core import masking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

HOUSE_HOURS = 8
"""The presets all keep Asia/Shanghai, without summer time since 1991; zoneinfo would cost the quick way its quickness."""

MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

PERSON = ("customer", "phone", "address")
LIFE = ("crew", "open_lines", "opened_at", "stage_since", "last_at", "next_due")


def moment(value: "datetime | str") -> str:
    """`2026-11-02 09:00` of a moment, in the time of the house."""
    if isinstance(value, str):
        if len(value) == 32 and value[10] == "T" and value.endswith("+00:00"):  # as views keep it
            return _house_time(value)
        from datetime import datetime

        value = datetime.fromisoformat(value)
    from datetime import timedelta, timezone

    return value.astimezone(timezone(timedelta(hours=HOUSE_HOURS))).isoformat(sep=" ", timespec="minutes")[:16]


def _house_time(utc: str) -> str:
    """The same by hand: there are many in a ticket, and no `datetime` at hand."""
    hour = int(utc[11:13]) + HOUSE_HOURS
    if hour < 24:
        return f"{utc[:10]} {hour:02}{utc[13:16]}"
    year, month, day = int(utc[:4]), int(utc[5:7]), int(utc[8:10]) + 1
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > MONTHS[month - 1] + leap:
        day, month = 1, month + 1
        if month > 12:
            month, year = 1, year + 1
    return f"{year:04}-{month:02}-{day:02} {hour - 24:02}{utc[13:16]}"


def width(text: str) -> int:
    """Columns *text* takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(2 if "\u1100" <= c <= "\u115f" or ("\u2e80" <= c <= "\uffe6" and not "\uff61" <= c <= "\uffdc") else 1 for c in text)


def padded(text: str, columns: int) -> str:
    return text + " " * max(columns - width(text), 0)


class Own:
    """What a ticket has beside the work itself.

    Attributes:
        fields: (part, field, content) of each field of the house's own, in the order they were filled in.
        files: purpose → how many.
        owed: (notice, part, due) of each notice that nobody gave yet.
        follow_ups: (occasion, when, solved) of each contact after the work.
    """

    __slots__ = ("fields", "files", "follow_ups", "owed")

    def __init__(
        self,
        fields: "Sequence[tuple[str, str, Any]]" = (),
        files: "Mapping[str, int] | None" = None,
        owed: "Sequence[tuple[str, str, Any]]" = (),
        follow_ups: "Sequence[tuple[str, Any, bool | None]]" = (),
    ) -> None:
        self.fields = fields
        self.files = files or {}
        self.owed = owed
        self.follow_ups = follow_ups


def part(ref: str, phrases: "Mapping[str, str]") -> str:
    """`visit 1` of `visit:1` or `visit-1`; anything else as it is."""
    for sign in (":", "-"):
        of, found, no = ref.partition(sign)
        if found and f"part-{of}" in phrases:
            return phrases[f"part-{of}"].format(no=no)
    return ref


def content(value: "Any", kind: str, phrases: "Mapping[str, str]") -> str:
    """What stands in a field of the house's own; *kind* is its type, and money is kept in 分."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return phrases["yes" if value else "no"]
    if kind == "money" and isinstance(value, int):
        return phrases["money"].format(amount=f"{value // 100}.{value % 100:02}")
    return str(value)


def ticket(
    board: "Mapping[str, Any]",
    timeline: "Sequence[Mapping[str, Any]]",
    own: Own,
    word: "Callable[[str, Any], str]",
    phrases: "Mapping[str, str]",
    unmask: bool,
) -> str:
    """A ticket as text.

    Args:
        board: its row of the board; *timeline*: its rows of the timeline, in order.
        word: a word of the trade by its vocabulary and key; `type` gives the type of a field of the house's own.
        phrases: the words of the command line.
    """

    def masked(said: str) -> str:
        return said if unmask else masking.text(said)

    def shown(name: str) -> str:
        value = board.get(name)
        if value is None or value == "" or value == ():
            return "—"
        if name == "phone":
            return str(value) if unmask else masking.phone(str(value))
        if name.endswith(("_at", "_since", "_due")):
            return moment(value)
        return masked(", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value))

    title = f"{board['ticket']}  {word('stage', board['stage'])}"
    if board.get("category"):
        title += f"  {word('category', board['category'])}"
    lines = [(phrases[f"col-{name}"], shown(name)) for name in (*PERSON, *LIFE)]
    lines += [(label, masked(said)) for label, said in _beside(own, word, phrases)]
    column = max(width(label) for label, _said in lines) + 2
    out = [title, "", *(padded(label, column) + said for label, said in lines), ""]
    for row in timeline:
        who = f"{word('role', row['role'])} {row['actor']}"
        version, at = f"{row['version']:>4}", moment(row["occurred_at"])
        flags = "".join(f"  ⚠ {word('flag', flag)}" for flag in _flags(row))
        out.append(f"{version}  {at}  {padded(word('fact', row['kind']), 24)}{who}{flags}".rstrip())
    return "\n".join(out) + "\n"


def _beside(own: Own, word: "Callable[[str, Any], str]", phrases: "Mapping[str, str]") -> "Iterator[tuple[str, str]]":
    """The lines for what a ticket has beside the work."""
    for ref, field, value in own.fields:
        label = word("custom", field) + (f" ({part(ref, phrases)})" if ref else "")
        yield label, content(value, word("type", field) if type(value) is int else "", phrases)
    if own.files:
        yield phrases["files-kept"], phrases["comma"].join(f"{word('purpose', each)} {count}" for each, count in own.files.items())
    for notice, ref, due in own.owed:
        said = "  ".join(filter(None, (word("notice", notice), part(ref, phrases), due and phrases["until"].format(at=moment(due)))))
        yield phrases["notice-owed"], said
    for occasion, at, solved in own.follow_ups:
        said = f"{moment(at)[:10]}  {word('occasion', occasion)}"
        yield phrases["followed-up"], said if solved is None else f"{said}  {phrases['solved' if solved else 'not-solved']}"


def _flags(row: "Mapping[str, Any]") -> "Sequence[str]":
    return [flag for flag in str(row.get("flags") or "").split("、") if flag]
