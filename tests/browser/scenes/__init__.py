"""Every page and state worth seeing, for the camera and for what measures; the demo is brought into each of them."""

from tests.browser.scenes import consents, office, portal, strangers

ALL = (
    portal.inside,
    office.office,
    office.payments,
    office.changes,
    office.desk_pages,
    office.settings,
    portal.doors,
    portal.paying,
    consents.ways,
    consents.approving,
    consents.happened,
    strangers.strangers,
)
PORTAL = (
    portal.inside,
    portal.doors,
    portal.paying,
    consents.ways,
    consents.approving,
    consents.happened,
)
