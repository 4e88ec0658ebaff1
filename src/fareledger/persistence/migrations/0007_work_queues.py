from typing import ClassVar

from django.db import migrations

from fareledger.persistence.sql_files import run_file


class Migration(migrations.Migration):
    dependencies: ClassVar = [("fareledger", "0006_booking_list")]
    operations: ClassVar = [run_file("0007_work_queues.sql")]
