"""``majani-admin access ...``: how an operator makes, lists and revokes access tokens."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import click
from flask.cli import AppGroup

from serving.access.role import Role
from serving.access.tokens import DEFAULT_DAYS, MAX_DAYS, Access, AccessTokens, TokenError, is_name
from serving.cli.context import opened_database, read_settings
from serving.clock import now
from serving.districts import BoundariesError, read_boundaries
from serving.http.errors import RequestCode
from serving.persistence.models import SLUG_LENGTH

group = AppGroup("access", help="Let extension workers, agronomists, administrators and programs in.")


@group.command()
@click.option("--name", required=True, help="Which device or desk it is for; not a person's name.")
@click.option(
    "--role", required=True, type=click.Choice([role.value for role in Role]), help="What it lets its holder do."
)
@click.option("--days", default=DEFAULT_DAYS, show_default=True, type=click.IntRange(1, MAX_DAYS), help="How long.")
@click.option("--district", help="Its holder sees cases of this district only, which the boundaries name.")
@click.option("--new", is_flag=True, help="Make the database if it is empty.")
def create(name: str, role: str, days: int, district: str | None, new: bool) -> None:
    """Make an access token and print it, this once."""
    name = name.strip()
    if not is_name(name):
        raise click.BadParameter(f"1 to {SLUG_LENGTH} printable characters", param_hint="--name")
    if district is not None and (role in (Role.ADMIN, Role.CLIENT) or district not in _districts()):
        message = f"{RequestCode.DISTRICT_UNKNOWN}: {district!r} is none of the boundaries, or the role has none"
        raise click.BadParameter(message, param_hint="--district")
    with _tokens(may_be_new=new) as tokens:
        [token] = tokens.create_batch([name], Role(role), timedelta(days=days), district=district)
    _show(token)


@group.command()
@click.argument("token_id", metavar="ID", type=int)
@click.option("--days", default=DEFAULT_DAYS, show_default=True, type=click.IntRange(1, MAX_DAYS), help="How long.")
def replace(token_id: int, days: int) -> None:
    """Revoke an access token, and print one for the same worker: a lost phone, a new season."""
    try:
        with _tokens() as tokens:
            _show(tokens.replace(token_id, timedelta(days=days)))
    except TokenError:
        raise click.ClickException(f"There is no access token {token_id}.") from None


@group.command("list")
def show_all() -> None:
    """List the access tokens: number, role, state, last use, name, and the district of those that have one."""
    moment = now()
    with _tokens() as tokens:
        for access in tokens.list():
            state = f"{access.id}\t{access.role}\t{_state(access, moment)}\t{_last_use(access)}\t{access.name}"
            click.echo("\t".join(filter(None, (state, access.district))))


@group.command()
@click.argument("token_id", metavar="ID", type=int)
def revoke(token_id: int) -> None:
    """Revoke an access token, from the next request on."""
    try:
        with _tokens() as tokens:
            tokens.revoke(token_id)
    except TokenError:
        raise click.ClickException(f"There is no access token {token_id}.") from None
    click.echo(f"Access token {token_id} no longer opens anything.")


def _show(token: str) -> None:
    click.echo("Keep it now; it cannot be shown again.", err=True)
    click.echo(token)


def _state(access: Access, moment: datetime) -> str:
    if access.revoked_at is not None:
        return f"revoked {access.revoked_at.date()}"
    return f"{'until' if access.is_good(moment) else 'expired'} {access.expires_at.date()}"


def _last_use(access: Access) -> str:
    return "never used" if access.last_used_on is None else f"used {access.last_used_on}"


def _districts() -> Collection[str]:
    settings = read_settings()
    try:
        return read_boundaries(settings.boundaries, settings.boundaries_name).districts
    except BoundariesError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _tokens(*, may_be_new: bool = False) -> Iterator[AccessTokens]:
    with opened_database(may_be_new=may_be_new) as engine:
        yield AccessTokens(engine)
