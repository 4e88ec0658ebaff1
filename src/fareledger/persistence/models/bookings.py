"""Bookings and their priced parts, as the operator's reservation system last told them."""

from django.db import models

from fareledger.persistence.models.tenant import TenantModel, not_negative, one_of


class Booking(TenantModel):
    """One itinerary sold to one customer, in one currency.

    `reference_key` is the reference as people type it (capitals and digits only); `content_sha256` is that of the
    last accepted body, so that the same PUT twice changes nothing. Personal data stands here and in no ledger table.
    The table has more columns, which the database keeps by itself for the list: see `0006_booking_list.sql`.
    """

    reference = models.CharField(max_length=40)
    reference_key = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    booked_on = models.DateField()
    start_date = models.DateField()
    end_date = models.DateField()
    customer_name = models.TextField()
    customer_email = models.TextField()
    customer_locale = models.CharField(max_length=10)
    travellers = models.JSONField()
    package = models.TextField()
    sales_price_minor = models.BigIntegerField()
    non_payable_minor = models.BigIntegerField()
    terms = models.JSONField()
    status = models.CharField(max_length=10, default="confirmed")
    version = models.IntegerField(default=1)
    content_sha256 = models.CharField(max_length=64)
    travel_completed_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "booking"
        constraints = (
            models.UniqueConstraint(fields=("operator_id", "reference"), name="booking_reference"),
            models.UniqueConstraint(fields=("operator_id", "reference_key"), name="booking_reference_key"),
            one_of("status", words=("confirmed", "cancelled"), name="booking_status"),
            not_negative("sales_price_minor", name="booking_sales_price"),
            models.CheckConstraint(
                condition=models.Q(
                    non_payable_minor__gte=0, non_payable_minor__lte=models.F("sales_price_minor")
                ),
                name="booking_non_payable",
            ),
            models.CheckConstraint(
                condition=models.Q(end_date__gte=models.F("start_date")), name="booking_dates"
            ),
        )
        indexes = (
            models.Index(fields=("operator_id", "-changed_at"), name="booking_changed"),
            models.Index(fields=("operator_id", "start_date"), name="booking_start"),
            models.Index(
                fields=("operator_id", "end_date"),
                condition=models.Q(travel_completed_on__isnull=True),
                name="booking_travel_open",
            ),
        )


class Component(TenantModel):
    """A priced part of a booking; cancelled ones stay, at their cancellation fee. Discounts are negative."""

    booking_id = models.UUIDField()
    external_id = models.CharField(max_length=100)
    position = models.IntegerField()
    kind = models.CharField(max_length=30)
    title = models.TextField()
    supplier = models.TextField()
    start_date = models.DateField(null=True)
    end_date = models.DateField(null=True)
    price_minor = models.BigIntegerField()
    cancellation_fee_minor = models.BigIntegerField(default=0)
    cancelled = models.BooleanField(default=False)

    class Meta:
        db_table = "component"
        constraints = (
            models.UniqueConstraint(
                fields=("operator_id", "booking_id", "external_id"), name="component_external_id"
            ),
        )
