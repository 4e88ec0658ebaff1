"""The simulated past's clocks: ours and the acquirer's always show the same made-up moment."""

from datetime import UTC, datetime

from fareledger.persistence.models import DemoClock
from fareledger.providers.sandbox.admin import SandboxAdmin


class PastClock:
    """Sets the demo's clock and the acquirer's to one moment after another, and in the end back to the present."""

    def __init__(self, acquirer_url: str, *, admin_key: str) -> None:
        self._acquirer = SandboxAdmin(base_url=acquirer_url, admin_key=admin_key)

    def set(self, moment: datetime, *, acquirer_too: bool = False) -> None:
        """Make it `moment` (aware). The acquirer is told only when asked: its clock may run what falls due."""
        offset_s = round((moment - datetime.now(UTC)).total_seconds())
        DemoClock.objects.update_or_create(id=1, defaults={"offset_s": offset_s})
        if acquirer_too:
            self._acquirer.set_clock(offset_s=offset_s)

    def back_to_the_present(self) -> None:
        """Remove the shift from both clocks."""
        DemoClock.objects.update_or_create(id=1, defaults={"offset_s": 0})
        self._acquirer.set_clock(offset_s=0)
