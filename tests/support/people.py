"""People of the back office for tests that need somebody to act."""

from fareledger.domain.access import Actor, key_actor, staff_actor

BOOKING_API = key_actor(
    "Booking API", scopes=("bookings:read", "bookings:write", "transactions:write", "links:write")
)
MARTA = staff_actor("Marta Lindgren", role="finance")


def person(name: str, *, role: str = "finance") -> Actor:
    """Give somebody with a name and a role."""
    return staff_actor(name, role=role)
