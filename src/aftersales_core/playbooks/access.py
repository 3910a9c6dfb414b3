"""权限: which rows a role sees, personal data in full or masked, and what it may carry out. (`[access]`)"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from aftersales_core.playbooks._base import ClauseId


class Access(BaseModel):
    """Who may look at what. What nothing is said of is not allowed: rows by branch, masked, nothing asked for, nothing out.

    Attributes:
        rows: role → `assigned`, it sees only tickets for whose visits it was named; `branch`, those of its shops. A role
            that is not named sees by branch.
        full: roles that see names, telephone numbers and addresses of customers as they are.
        unmask: roles to which they are masked, and which may ask for them with a reason.
        export: roles that may carry data out: registers as files, the feed of facts. They are in `full`, for what is
            carried out is not masked.
        outside: roles of people who are not of the house; they act by links that it gives them, and no account has one.
        clauses: where it comes from; may be empty, for few documents speak of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: dict[str, Literal["assigned", "branch"]] = {}
    full: tuple[str, ...] = ()
    unmask: tuple[str, ...] = ()
    export: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    clauses: tuple[ClauseId, ...] = ()

    def assigned_only(self, role: str) -> bool:
        """Whether *role* sees only what it is assigned to."""
        return self.rows.get(role) == "assigned"
