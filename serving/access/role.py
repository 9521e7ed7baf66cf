"""The roles of people who do not ask as farmers."""

from enum import StrEnum


class Role(StrEnum):
    """From the lowest to the highest; who has a higher one may do all that a lower one may.

    Roles are words, so ``<`` would compare letters; ask ``included``.
    """

    EXTENSION = "extension"
    AGRONOMIST = "agronomist"
    ADMIN = "admin"

    @property
    def included(self) -> tuple["Role", ...]:
        """This role and all lower ones."""
        roles = tuple(Role)
        return roles[: roles.index(self) + 1]
