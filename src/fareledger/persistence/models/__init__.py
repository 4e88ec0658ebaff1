"""Every table of fareledger, one module a subject.

The models describe columns, checks and indexes; composite foreign keys, row-level security, append-only guards and
SQL functions stand in the SQL of the migrations, because Django cannot express them.
"""

from fareledger.persistence.models.bookings import Booking, Component
from fareledger.persistence.models.brands import BrandVersion
from fareledger.persistence.models.consent import (
    Approval,
    ApprovalRequest,
    CardSetup,
    Collection,
    ConsentEvidence,
    Mandate,
)
from fareledger.persistence.models.demo import DemoClock
from fareledger.persistence.models.integrations import (
    IdempotentRequest,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
    WebhookTry,
)
from fareledger.persistence.models.invoices import Invoice
from fareledger.persistence.models.ledger import (
    BookingChain,
    LedgerBalance,
    LedgerEntry,
    LedgerLine,
    TimelineEvent,
)
from fareledger.persistence.models.mail import EmailMessage
from fareledger.persistence.models.mailings import LinkMailing, LinkMailingItem
from fareledger.persistence.models.office import (
    AccessEvent,
    ImportRun,
    SavedView,
    StaffInvitation,
    WorkNote,
)
from fareledger.persistence.models.operators import ApiKey, Operator, ProviderAccount, StaffUser
from fareledger.persistence.models.payments import Attempt, AttemptCover, Transaction, WebhookEvent
from fareledger.persistence.models.portal import PortalCode, PortalLink, PortalMiss, PortalSession
from fareledger.persistence.models.refunds import RefundOrder, RefundPart
from fareledger.persistence.models.settlement import Payout, PayoutLine, ProtectionRelease
from fareledger.persistence.models.sign_in import StaffFactor, StaffPasswordLink

__all__ = [
    "AccessEvent",
    "ApiKey",
    "Approval",
    "ApprovalRequest",
    "Attempt",
    "AttemptCover",
    "Booking",
    "BookingChain",
    "BrandVersion",
    "CardSetup",
    "Collection",
    "Component",
    "ConsentEvidence",
    "DemoClock",
    "EmailMessage",
    "IdempotentRequest",
    "ImportRun",
    "Invoice",
    "LedgerBalance",
    "LedgerEntry",
    "LedgerLine",
    "LinkMailing",
    "LinkMailingItem",
    "Mandate",
    "Operator",
    "Payout",
    "PayoutLine",
    "PortalCode",
    "PortalLink",
    "PortalMiss",
    "PortalSession",
    "ProtectionRelease",
    "ProviderAccount",
    "RefundOrder",
    "RefundPart",
    "SavedView",
    "StaffFactor",
    "StaffInvitation",
    "StaffPasswordLink",
    "StaffUser",
    "TimelineEvent",
    "Transaction",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookMessage",
    "WebhookTry",
    "WorkNote",
]
