"""A higher role may do what a lower one may, and never the other way round."""

import pytest

from serving.access.role import Role


@pytest.mark.parametrize(
    ("role", "included"),
    [
        (Role.EXTENSION, {"extension"}),
        (Role.AGRONOMIST, {"extension", "agronomist"}),
        (Role.ADMIN, {"extension", "agronomist", "admin"}),
    ],
)
def test_roles_include_lower_ones(role: Role, included: set[str]) -> None:
    assert set(role.included) == included
