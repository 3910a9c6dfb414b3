"""遮号: telephone numbers with the middle taken out, wherever they stand in what is shown."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def phone(number: str) -> str:
    """`138****2211` of `13800002211`; a short number keeps its ends only."""
    if len(number) <= 4:
        return "*" * len(number)
    head, tail = (3, 4) if len(number) >= 10 else (1, 2)
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]


def text(said: str) -> str:
    """*said* with every Chinese mobile number in it masked; digits within ids and digests are left alone."""
    if not any(mark in said for mark in ("13", "14", "15", "16", "17", "18", "19")):
        return said
    out, at = [], 0
    while at < len(said):
        if not _digit(said[at]):
            out.append(said[at])
            at += 1
            continue
        end = at
        while end < len(said) and _digit(said[end]):
            end += 1
        run = said[at:end]
        alone = (at == 0 or not _wordly(said[at - 1])) and (end == len(said) or not _wordly(said[end]))
        mobile = len(run) == 11 and run[0] == "1" and run[1] in "3456789"
        out.append(phone(run) if alone and mobile else run)
        at = end
    return "".join(out)


def _digit(char: str) -> bool:
    return "0" <= char <= "9"


def _wordly(char: str) -> bool:
    return "a" <= char <= "z" or "A" <= char <= "Z" or char == "_"


def everything(value: "Any", name: str = "") -> "Any":
    """A JSON value with all its telephone numbers masked: fields called `phone`, and mobiles in any text."""
    if isinstance(value, str):
        return phone(value) if name == "phone" else text(value)
    if isinstance(value, dict):
        about_phone = value.get("field") == "phone" or str(value.get("path", "")).endswith("phone")
        return {
            key: everything(item, "phone" if about_phone and key in ("old", "new", "value") else key)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [everything(item, name) for item in value]
    return value
