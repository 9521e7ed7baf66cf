"""The roles of people and programs that do not ask as farmers."""

from enum import StrEnum


class Role(StrEnum):
    """From the lowest to the highest; each includes the lower ones. As words do not sort so, ask ``included``."""

    CLIENT = "client"
    EXTENSION = "extension"
    AGRONOMIST = "agronomist"
    ADMIN = "admin"

    @property
    def included(self) -> tuple["Role", ...]:
        """This role and all lower ones."""
        roles = tuple(Role)
        return roles[: roles.index(self) + 1]
