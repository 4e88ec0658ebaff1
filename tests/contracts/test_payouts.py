"""What a provider pays out, and that its lines add up to it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fareledger.providers.contract import AlteredReport
from tests.contracts.peers import Peer, a_request, just_now, sandbox_peer
from tests.support.acquirer import running_acquirer


@pytest.mark.slow
def test_payouts_come_oldest_first_with_all_their_lines(tmp_path: Path) -> None:
    with running_acquirer(tmp_path) as acquirer:
        peer = sandbox_peer(acquirer)
        references = [_paid(peer, amount_minor=amount_minor) for amount_minor in (70_000, 12_345)]
        assert peer.gateway.payouts("") == []
        acquirer.post("/admin/clock", body={"offset_s": int(timedelta(days=2).total_seconds())})
        acquirer.post("/admin/run", body={})
        (payout,) = peer.gateway.payouts("")
        lines = peer.gateway.payout_lines(payout)
        with pytest.raises(AlteredReport):
            peer.gateway.payout_lines(replace(payout, content_sha256="0" * 64))
    assert [line.payment_reference for line in lines] == references
    assert payout.gross_minor == 82_345
    assert payout.deposit_minor == sum(line.net_minor for line in lines)
    assert payout.fees_minor == sum(line.fee_minor for line in lines)
    assert all(line.net_minor == line.gross_minor - line.fee_minor for line in lines)
    assert payout.line_count == 2
    assert payout.paid_at > just_now()


def _paid(peer: Peer, *, amount_minor: int) -> str:
    payment = peer.gateway.create_payment(a_request(amount_minor=amount_minor))
    peer.customer(payment, "pays")
    return payment.reference
