"""What every tenant table shares: the operator comes first in its key.

Ids are made in the application (UUIDv7), so a row's name is known before it is written. References to other tenant
rows are plain `…_id` columns here; the migrations add the composite foreign keys `(operator_id, …_id)`.
"""

from django.db import models

from fareledger.domain.identity import new_id


class TenantModel(models.Model):
    """A row that belongs to one operator and is invisible outside that operator's transactions."""

    pk = models.CompositePrimaryKey("operator_id", "id")
    operator_id = models.UUIDField()
    id = models.UUIDField(default=new_id, editable=False)

    class Meta:
        abstract = True


def one_of(field: str, *, words: tuple[str, ...], name: str) -> models.CheckConstraint:
    """Return the check that `field` is one of `words`; `name` must be unique in the database."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": words}), name=name)


def not_negative(field: str, *, name: str) -> models.CheckConstraint:
    """Return the check that the number in `field` is zero or more."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__gte": 0}), name=name)


def positive(field: str, *, name: str) -> models.CheckConstraint:
    """Return the check that the number in `field` is above zero."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__gt": 0}), name=name)
