"""The one row by which a demo shifts its clock; a production system never writes it."""

from django.db import models


class DemoClock(models.Model):
    """How far the demo's clock stands ahead of the wall clock, in whole seconds. Row 1 is the only row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    offset_s = models.BigIntegerField(default=0)

    class Meta:
        db_table = "demo_clock"
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="demo_clock_one_row"),)
