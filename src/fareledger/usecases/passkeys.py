"""Passkeys: a key pair on a person's device, of which only the public half is kept here.

The browser signs a challenge together with the address it sees, so that a copied page gets nothing. The challenge
waits in the session between the two halves of each ceremony and is good for one try.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from fareledger.domain.access import Actor
from fareledger.domain.errors import Refused
from fareledger.persistence.models import StaffFactor
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.access_log import note_access
from fareledger.usecases.clock import now
from fareledger.usecases.second_step import first_recovery_codes, own_id
from fareledger.usecases.staff_notices import tell_person
from fareledger.usecases.staff_people import person_of

LONGEST_NAME = 40


class PasskeyRefused(Refused):
    """What the browser sent does not prove what it should."""

    def __init__(self) -> None:
        super().__init__(
            code="passkey_refused", message="The passkey was not accepted. Try again", field="/passkey"
        )


class PasskeyNameMissing(Refused):
    """A passkey without a name could not be told from the next one."""

    def __init__(self) -> None:
        super().__init__(
            code="passkey_name_missing",
            message=f"Give the passkey a name of up to {LONGEST_NAME} characters",
            field="/name",
        )


@dataclass(frozen=True)
class Site:
    """The address people see: `host` without port, and the whole origin, such as https://pay.example."""

    host: str
    origin: str


@dataclass(frozen=True)
class Ceremony:
    """`options` go to the browser, `state` waits in the session."""

    options: dict[str, Any]
    state: dict[str, Any]


def begin_adding(operator: Operator, *, site: Site, actor: Actor) -> Ceremony:
    """Return what the browser needs to make a passkey."""
    staff_id = own_id(actor)
    with operator_transaction(operator.id):
        person = person_of(operator, staff_id=staff_id)
        known = _credentials(operator, staff_id=staff_id)
    options, state = _server(site).register_begin(
        PublicKeyCredentialUserEntity(id=staff_id.bytes, name=person.email, display_name=person.name),
        credentials=known,
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return Ceremony(options=dict(options), state=state)


def finish_adding(
    operator: Operator,
    *,
    answer: Mapping[str, Any],
    name: str,
    ceremony: tuple[Site, dict[str, Any]],
    actor: Actor,
) -> tuple[str, ...]:
    """Keep the new passkey; returns new recovery codes when there are none yet.

    Raises PasskeyRefused and PasskeyNameMissing.
    """
    staff_id, name = own_id(actor), " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise PasskeyNameMissing
    site, state = ceremony
    try:
        made = _server(site).register_complete(state, answer)
    except (ValueError, TypeError, KeyError) as wrong:
        raise PasskeyRefused from wrong
    if made.credential_data is None:
        raise PasskeyRefused
    with operator_transaction(operator.id):
        person = person_of(operator, staff_id=staff_id, lock=True)
        StaffFactor.objects.create(
            operator_id=operator.id,
            staff_id=staff_id,
            kind="passkey",
            name=name,
            secret=websafe_encode(bytes(made.credential_data)),
            counter=made.counter,
            created_at=now(),
        )
        note_access(
            operator, actor=actor, kind="mfa_added", subject=person.email, payload={"what": f"passkey {name}"}
        )
        tell_person(operator, person=person, notice="mfa_added")
        return first_recovery_codes(operator, staff_id=staff_id)


def begin_asking(operator: Operator, *, staff_id: UUID, site: Site) -> Ceremony | None:
    """Return what the browser needs to sign in with one of the person's passkeys; None when there are none."""
    with operator_transaction(operator.id):
        known = _credentials(operator, staff_id=staff_id)
    if not known:
        return None
    options, state = _server(site).authenticate_begin(
        credentials=known, user_verification=UserVerificationRequirement.PREFERRED
    )
    return Ceremony(options=dict(options), state=state)


def check_passkey(
    operator: Operator, *, staff_id: UUID, answer: Mapping[str, Any], ceremony: tuple[Site, dict[str, Any]]
) -> bool:
    """Say whether the answer was signed by one of the person's passkeys, for this site and this challenge.

    A passkey that counts its uses and counts backwards was copied: it is not accepted.
    """
    site, state = ceremony
    with operator_transaction(operator.id):
        person_of(operator, staff_id=staff_id, lock=True)
        known = _credentials(operator, staff_id=staff_id)
        try:
            used = _server(site).authenticate_complete(state, known, answer)
            counted = _counter(answer)
        except (ValueError, TypeError, KeyError):
            return False
        factor = StaffFactor.objects.get(
            operator_id=operator.id, staff_id=staff_id, kind="passkey", secret=websafe_encode(bytes(used))
        )
        if counted <= factor.counter and (counted or factor.counter):
            return False
        factor.counter, factor.used_at = counted, now()
        factor.save(update_fields=["counter", "used_at"])
    return True


def _counter(answer: Mapping[str, Any]) -> int:
    # Bytes 33 to 36 of the authenticator's data: how often the key was used (WebAuthn, section 6.1).
    signed = websafe_decode(answer["response"]["authenticatorData"])
    return int.from_bytes(signed[33:37], "big")


def _server(site: Site) -> Fido2Server:
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=site.host, name="fareledger"),
        verify_origin=lambda origin: origin == site.origin,
    )


def _credentials(operator: Operator, *, staff_id: UUID) -> list[AttestedCredentialData]:
    kept = StaffFactor.objects.filter(operator_id=operator.id, staff_id=staff_id, kind="passkey")
    return [AttestedCredentialData(websafe_decode(one.secret)) for one in kept]
