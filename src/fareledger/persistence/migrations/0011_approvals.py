from typing import ClassVar

from django.db import migrations

from fareledger.persistence.sql_files import run_file


class Migration(migrations.Migration):
    dependencies: ClassVar = [("fareledger", "0010_portal_approvals")]
    operations: ClassVar = [run_file("0011_approvals.sql")]
