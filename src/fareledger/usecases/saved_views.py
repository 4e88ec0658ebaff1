"""Lists of bookings that somebody keeps under a name, for themselves or for all colleagues.

What is kept is the question as it stands in an address, so a kept list shows today's bookings. Everybody may keep
some; only whose it is may change one, and who manages the settings may take a shared one away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl
from uuid import UUID

from django.db import IntegrityError

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Conflict, NotFound, Refused
from fareledger.domain.identity import new_id
from fareledger.persistence.models import SavedView, StaffUser
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot, operator_transaction
from fareledger.usecases.booking_query import address_query, query_of
from fareledger.usecases.clock import now

MAX_NAME: Final = 40
MAX_VIEWS: Final = 20


class InvalidViewName(Refused):
    """A view needs a name that a tab can show."""

    def __init__(self) -> None:
        super().__init__(
            code="invalid_view_name", message=f"Give a name of 1 to {MAX_NAME} characters.", field="/name"
        )


class ViewNameTaken(Conflict):
    """This person has a view with this name."""

    def __init__(self) -> None:
        super().__init__(
            code="view_name_taken", message="You have a view with this name already.", field="/name"
        )


class TooManyViews(Refused):
    """Tabs are only of use while they can be overlooked."""

    def __init__(self) -> None:
        super().__init__(
            code="too_many_views",
            message=f"You have {MAX_VIEWS} views: delete one to keep another.",
            field="/name",
        )


class ViewNotFound(NotFound):
    """There is no such view, or it is not this person's to change."""

    def __init__(self, view_id: UUID) -> None:
        super().__init__(code="view_not_found", message="There is no such view of yours.")
        self.view_id = view_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedListView:
    """One kept list: the query of its address, whose it is, and whether the asking person may change or delete it."""

    id: UUID
    name: str
    query: str
    shared: bool
    owner: str
    mine: bool
    may_delete: bool


def list_views(operator: Operator, *, actor: Actor) -> tuple[SavedListView, ...]:
    """Read the views of a person and those that colleagues share, the person's own first, each by name."""
    with operator_snapshot(operator.id):
        rows = [
            row
            for row in SavedView.objects.filter(operator_id=operator.id).order_by("name", "id")
            if row.shared or row.staff_id == actor.id
        ]
        strangers = {row.staff_id for row in rows if row.staff_id != actor.id}
        people = StaffUser.objects.filter(operator_id=operator.id, id__in=strangers) if strangers else ()
        names = {one.id: one.name for one in people}
    views = [_view(row, actor=actor, names=names) for row in rows]
    return tuple(sorted(views, key=lambda view: not view.mine))


def show_view(operator: Operator, *, view_id: UUID, actor: Actor) -> SavedListView:
    """Read one view that this person may change or delete. Raises ViewNotFound."""
    found = next((one for one in list_views(operator, actor=actor) if one.id == view_id), None)
    if found is None or not found.may_delete:
        raise ViewNotFound(view_id)
    return found


def save_view(operator: Operator, *, name: str, query: str, shared: bool, actor: Actor) -> UUID:
    """Keep a question under a name. Raises InvalidViewName, ViewNameTaken, TooManyViews and InvalidQuery."""
    owner = _person(actor)
    row = SavedView(
        operator_id=operator.id,
        id=new_id(),
        staff_id=owner,
        name=_name(name),
        query=canonical_query(query, operator=operator),
        shared=shared,
        created_at=now(),
    )
    try:
        with operator_transaction(operator.id):
            if SavedView.objects.filter(operator_id=operator.id, staff_id=owner).count() >= MAX_VIEWS:
                raise TooManyViews
            row.save(force_insert=True)
    except IntegrityError:
        raise ViewNameTaken from None
    return UUID(str(row.id))


def change_view(operator: Operator, *, view_id: UUID, name: str, shared: bool, actor: Actor) -> None:
    """Rename a view of one's own, or share it or no longer. Raises InvalidViewName, ViewNameTaken and ViewNotFound."""
    try:
        with operator_transaction(operator.id):
            own = SavedView.objects.filter(operator_id=operator.id, id=view_id, staff_id=_person(actor))
            changed = own.update(name=_name(name), shared=shared)
    except IntegrityError:
        raise ViewNameTaken from None
    if not changed:
        raise ViewNotFound(view_id)


def delete_view(operator: Operator, *, view_id: UUID, actor: Actor) -> None:
    """Delete a view of one's own, or a shared one if the settings are one's to manage. Raises ViewNotFound."""
    view = show_view(operator, view_id=view_id, actor=actor)
    with operator_transaction(operator.id):
        SavedView.objects.filter(operator_id=operator.id, id=view.id).delete()


def canonical_query(query: str, *, operator: Operator) -> str:
    """Write the query of an address in its one spelling, so that the same list is recognised. Raises InvalidQuery."""
    return address_query(query_of(dict(parse_qsl(query[:2000])), operator=operator))


def _name(name: str) -> str:
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= MAX_NAME or not plain.isprintable():
        raise InvalidViewName
    return plain


def _person(actor: Actor) -> UUID:
    if actor.id is None:
        raise TypeError("views belong to people, and this actor is none")
    return actor.id


def _view(row: SavedView, *, actor: Actor, names: dict[UUID, str]) -> SavedListView:
    mine = row.staff_id == actor.id
    return SavedListView(
        id=row.id,
        name=row.name,
        query=row.query,
        shared=row.shared,
        owner=actor.name if mine else names.get(row.staff_id, "a colleague"),
        mine=mine,
        may_delete=mine or actor.may(Permission.MANAGE_SETTINGS),
    )
