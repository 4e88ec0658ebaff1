"""Invoices: what a customer was asked to pay, as it stood when it was issued."""

from django.db import models

from fareledger.persistence.models.tenant import TenantModel


class Invoice(TenantModel):
    """One invoice of a booking, never changed afterwards; `number` counts them within the booking. `payload` holds the
    facts its page and PDF are drawn from."""

    booking_id = models.UUIDField()
    number = models.IntegerField()
    payload = models.JSONField()
    issued_by = models.TextField()
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "invoice"
        constraints = (
            models.UniqueConstraint(fields=("operator_id", "booking_id", "number"), name="invoice_number"),
        )
