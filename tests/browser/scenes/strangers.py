"""Scenes beside our own pages: the mail viewer with two kinds of mail, and the acquirer's console."""

from __future__ import annotations

from tests.browser.scenes.stage import Stage


def strangers(stage: Stage) -> None:
    """The mail viewer with the two kinds of mail, alone and in the viewer, and the acquirer's console."""
    stage.add("mail-inbox", path=stage.demo.mail_url)
    for name, subject in (("receipt", "receipt:"), ("link", "open your booking")):
        for mail in stage.demo.mails(to="", subject=subject)[:1]:
            stage.add(f"mail-{name}", path=f"{stage.demo.mail_url}/messages/{mail['id']}")
            stage.add(f"mail-{name}-as-sent", path=f"{stage.demo.mail_url}/messages/{mail['id']}/html")
    stage.add("acquirer-console", path=stage.demo.acquirer_url)
