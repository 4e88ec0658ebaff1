"""The simulated past's clocks: ours and the acquirer's always show the same made-up moment."""

from datetime import UTC, datetime

import httpx

from fareledger.persistence.models import DemoClock


class PastClock:
    """Sets the demo's clock and the acquirer's to one moment after another, and in the end back to the present."""

    def __init__(self, acquirer_url: str, *, admin_key: str) -> None:
        self._acquirer = httpx.Client(
            base_url=acquirer_url, headers={"Authorization": f"Bearer {admin_key}"}, timeout=30
        )

    def set(self, moment: datetime, *, acquirer_too: bool = False) -> None:
        """Make it `moment` (aware). The acquirer is told only when asked: its clock may run what falls due."""
        offset_s = round((moment - datetime.now(UTC)).total_seconds())
        DemoClock.objects.update_or_create(id=1, defaults={"offset_s": offset_s})
        if acquirer_too:
            self._tell_acquirer(offset_s)

    def back_to_the_present(self) -> None:
        """Remove the shift from both clocks."""
        DemoClock.objects.update_or_create(id=1, defaults={"offset_s": 0})
        self._tell_acquirer(0)

    def _tell_acquirer(self, offset_s: int) -> None:
        self._acquirer.post("/admin/clock", json={"offset_s": offset_s}).raise_for_status()
