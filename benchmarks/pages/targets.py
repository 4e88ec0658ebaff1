"""What we want of our pages, one target a quantity."""

from __future__ import annotations

from typing import Final

from benchmarks.pages.figures import LEAST, Target

AXE: Final = Target("axe, WCAG 2.2 AA", "violations, light and dark", 0)
AXE_HOSTILE: Final = Target("axe, WCAG 2.2 AA", "violations of the portal in three hostile colours", 0)
STRANGERS: Final = Target("privacy", "requests to a third party", 0)
COMPLAINTS: Final = Target("console", "errors and warnings", 0)

WEIGHT: Final = {
    "portal": Target("weight, compressed, first party", "a portal page", 70, " KB"),
    "office": Target("weight, compressed, first party", "a back office page", 150, " KB"),
}
SCRIPTS: Final = Target("weight, compressed, first party", "scripts of a portal page", 20, " KB")

WIDE: Final = Target("reflow", "pages that scroll sideways at 320 px", 0)
WIDE_LARGE_TEXT: Final = Target("reflow", "pages that scroll sideways with text at 200 %", 0)
SMALL: Final = Target("targets", "smaller than 24 px and close to another, with a pointer", 0)
SMALL_TOUCH: Final = Target("targets", "smaller than 44 px under a finger", 0)
SILENT: Final = Target("without JavaScript", "parts of a page that do nothing", 0)

LCP: Final = Target("throttled phone", "largest contentful paint", 1.8, " s")
CLS: Final = Target("throttled phone", "layout shift", 0.05)
TBT: Final = Target("throttled phone", "blocking time", 100, " ms")

LIGHTHOUSE: Final = {
    ("portal", "performance"): Target("Lighthouse, mobile", "performance of the portal", 95, "", LEAST),
    ("portal", "accessibility"): Target("Lighthouse, mobile", "accessibility of the portal", 100, "", LEAST),
    ("portal", "best-practices"): Target("Lighthouse, mobile", "best practices of the portal", 95, "", LEAST),
    ("office", "performance"): Target("Lighthouse, mobile", "performance of the back office", 90, "", LEAST),
    ("office", "accessibility"): Target(
        "Lighthouse, mobile", "accessibility of the back office", 100, "", LEAST
    ),
}

# One page of each kind, for what takes long to measure; the names are those of the scenes.
PORTAL_KINDS: Final = (
    "portal-sign-in", "portal-link-ready", "portal-home-hero", "portal-history-hero", "portal-pay", "portal-card",
    "portal-outcome-received", "portal-receipt", "portal-statement",
)  # fmt: skip
OFFICE_KINDS: Final = (
    "office-sign-in", "office-today", "office-bookings-all", "office-billing-hero", "office-change",
    "office-settlements", "office-ledger", "settings-all",
)  # fmt: skip
