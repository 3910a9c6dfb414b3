"""附件: photos, signatures and documents, by what is in them."""

from __future__ import annotations

from typing import ClassVar, Literal

from aftersales_core.facts._base import Fact
from aftersales_core.values import Digest, Id, LeftoverNo, Name, Size, VisitNo


class FileAttached(Fact):
    """A file belongs to the ticket; its bytes are in the file store, under their own digest. (F-10, F-13, G-09)

    Attributes:
        digest: SHA-256 of the bytes, 64 hex digits.
        size: in bytes.
        check: the item of a checklist that it shows.
    """

    kind: ClassVar[str] = "file-attached"

    digest: Digest
    media_type: Name
    size: Size
    purpose: Literal["photo", "signature", "document"]
    file_name: Name | None = None
    visit: VisitNo | None = None
    leftover: LeftoverNo | None = None
    check: Id | None = None
