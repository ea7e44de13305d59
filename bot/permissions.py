"""Who may do what: the one table. The hub asks it before it opens a conversation, the desk before each request."""

from enum import StrEnum


class Permission(StrEnum):
    """Something that not everybody may do; the comment says what it lets a person see or change."""

    OWN_ACCOUNT = "own_account"
    """One's own password, second factor and sessions."""
    CONVERSATIONS = "conversations"
    """Read the queue, conversations and cases; take them over, answer, write notes, export a case."""
    COORDINATION = "coordination"
    """Arrange colleagues' work: teams, residents' requests about their data, retention."""
    CONTENT = "content"
    """Facts, answers, training messages and models: what the assistant says, never what residents said."""
    REPLIES = "replies"
    """See the canned replies that everybody has; whose role it is changes those, or has some of their own."""
    STATISTICS = "statistics"
    """Figures without names."""
    AUDIT = "audit"
    """Read and export the audit trail."""
    ACCOUNTS = "accounts"
    """Accounts of others: add, change, block, sign out, reset the second factor."""


#                            clerk  coordinator  maintainer  admin
_TABLE: dict[Permission, tuple[bool, bool, bool, bool]] = {
    Permission.OWN_ACCOUNT: (True, True, True, True),
    Permission.CONVERSATIONS: (True, True, False, True),
    Permission.COORDINATION: (False, True, False, True),
    Permission.CONTENT: (False, False, True, True),
    Permission.REPLIES: (True, True, True, True),
    Permission.STATISTICS: (True, True, True, True),
    Permission.AUDIT: (False, True, False, True),
    Permission.ACCOUNTS: (False, False, False, True),
}

ROLES = ("clerk", "coordinator", "maintainer", "admin")
"""In the order of the table's columns. A maintainer looks after texts and needs no resident's matter for it."""


class Forbidden(Exception):
    """The role does not allow it."""


def allowed(role: str, permission: Permission) -> bool:
    """Whether somebody of this role may; a role that nobody knows may nothing."""
    return role in ROLES and _TABLE[permission][ROLES.index(role)]


def roles_with(permission: Permission) -> tuple[str, ...]:
    """The roles that may."""
    return tuple(role for role in ROLES if allowed(role, permission))


def require(role: str, permission: Permission) -> None:
    """Raise `Forbidden` unless somebody of this role may."""
    if not allowed(role, permission):
        raise Forbidden(permission)
