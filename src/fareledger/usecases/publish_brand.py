"""Publishes a brand, or an earlier one again: from the next request on, pages, emails and frames follow it.

Nothing is taken back: an earlier version that is published again becomes a new one with its choices, so the list of
versions says what customers saw when.
"""

from __future__ import annotations

from fareledger.domain.access import Actor, Permission
from fareledger.domain.brand_choices import Choices, tokens_of
from fareledger.persistence.models import BrandVersion
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.access_log import note_access
from fareledger.usecases.brand_versions import BrandVersionNotFound, logo_mark
from fareledger.usecases.clock import now
from fareledger.usecases.edit_brand import lock_brand, next_number, refuse_taken_host


def publish_brand(operator: Operator, *, number: int, actor: Actor) -> Operator:
    """Publish the draft of this number and return the operator as it is then.

    Raises NotPermitted, BrandVersionNotFound, and InvalidBrand when another operator took the host name meanwhile.
    """
    actor.require(Permission.MANAGE_SETTINGS)
    with operator_transaction(operator.id):
        lock_brand(operator)
        draft = BrandVersion.objects.filter(operator_id=operator.id, number=number, status="draft").first()
        if draft is None:
            raise BrandVersionNotFound
        # Numbered when it is published, so that the list stands in the order customers saw it in.
        last = next_number(operator) - 1
        draft.number = draft.number if draft.number == last else last + 1
        return _put_in_force(operator, version=draft, actor=actor, back_to=None)


def roll_back(operator: Operator, *, number: int, actor: Actor) -> Operator:
    """Publish what an earlier version chose, as a new version; a draft stays as it is.

    Raises NotPermitted, BrandVersionNotFound and InvalidBrand as `publish_brand` does.
    """
    actor.require(Permission.MANAGE_SETTINGS)
    with operator_transaction(operator.id):
        lock_brand(operator)
        earlier = BrandVersion.objects.filter(
            operator_id=operator.id, number=number, status="retired"
        ).first()
        if earlier is None:
            raise BrandVersionNotFound
        again = BrandVersion(
            operator_id=operator.id,
            number=next_number(operator),
            choices=earlier.choices,
            logo=bytes(earlier.logo),
            logo_dark=bytes(earlier.logo_dark),
        )
        return _put_in_force(operator, version=again, actor=actor, back_to=earlier.number)


def _put_in_force(
    operator: Operator, *, version: BrandVersion, actor: Actor, back_to: int | None
) -> Operator:
    choices = Choices.from_json(version.choices)
    refuse_taken_host(operator, host=choices.host)
    # Derived anew: what an older release of ours derived may be less than what we promise today.
    tokens = tokens_of(
        choices, logo=logo_mark(bytes(version.logo)), logo_dark=logo_mark(bytes(version.logo_dark))
    )
    BrandVersion.objects.filter(operator_id=operator.id, status="published").update(status="retired")
    version.status, version.tokens = "published", tokens
    version.changed_by, version.changed_at = actor.name, now()
    version.published_at = version.changed_at
    version.save()
    OperatorRow.objects.filter(id=operator.id).update(
        brand=tokens,
        name=choices.name,
        support_email=choices.support_email,
        support_phone=choices.support_phone,
        support_hours=choices.support_hours,
        host=choices.host or None,
    )
    note_access(
        operator,
        actor=actor,
        kind="settings_changed",
        subject="Branding, published",
        payload={"version": version.number} | ({"back_to": back_to} if back_to else {}),
    )
    return by_id(operator.id)
