"""Once an operator's portal has a host name, whatever leads there does so under that name: emails, pay links, ways back
from a provider."""

import re
from dataclasses import replace

import pytest

from fareledger.domain.wording import LOCALES
from fareledger.faces.shared.email_samples import KINDS, sample_about, sample_facts
from fareledger.faces.shared.emails import preview_email
from fareledger.persistence.operators import Operator
from fareledger.usecases.brand_versions import choices_in_force
from fareledger.usecases.edit_brand import Logos, edit_brand
from fareledger.usecases.portal_address import portal_root
from fareledger.usecases.publish_brand import publish_brand
from fareledger.usecases.send_portal_link import create_portal_link
from tests.support.bookings import a_trip, sell
from tests.support.people import person

IRIS = person("Iris Novak", role="admin")
_ADDRESS = re.compile(r'https?://[^\s"<>]+')


@pytest.fixture
def hosted(operator: Operator) -> Operator:
    """An operator whose portal has a host name."""
    wanted = replace(choices_in_force(operator), host=f"pay.{operator.slug}.example")
    number = edit_brand(operator, wanted=wanted, logos=Logos(), actor=IRIS)
    return publish_brand(operator, number=number, actor=IRIS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_address_in_every_email(hosted: Operator, kind: str) -> None:
    drawn, facts = sample_facts(hosted, kind=kind)
    for locale in (LOCALES[0], "ar"):
        about = sample_about(hosted, locale=locale)
        email = preview_email(hosted, kind=drawn, about=about, facts=facts)
        found = _ADDRESS.findall(email.text) + _ADDRESS.findall(email.html)
        assert [address for address in found if not address.startswith(portal_root(hosted))] == []
        assert found or kind == "portal_code"


def test_pay_links(hosted: Operator) -> None:
    booking = sell(hosted, a_trip()).booking
    made = create_portal_link(hosted, booking_id=booking.id, asked_by="operator", actor=IRIS)
    assert made.url.startswith(f"{portal_root(hosted)}link/")
    assert hosted.slug not in made.url.removeprefix(portal_root(hosted))
