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

# The pages most people see, for what takes long to measure; the names are those of the scenes.
PORTAL_KINDS: Final = (
    "portal-sign-in", "portal-link-ready", "portal-home-hero", "portal-pay", "portal-card", "portal-outcome-received",
)  # fmt: skip
OFFICE_KINDS: Final = ("office-today", "office-bookings-all", "office-billing-hero", "office-settlements")

# A journey: what it is, how many taps or things done it may take, and what is counted.
TAPS: Final = {
    "pay_with_a_saved_card": Target("landing to paid", "saved card, no field typed", 3, " taps"),
    "pay_with_a_new_card": Target("landing to paid", "new card, its fields aside", 3, " taps"),
    "pay_by_bank": Target("landing to paid", "bank, no field typed", 4, " taps"),
    "approve_all": Target("landing to approved", "all scheduled payments, from a stored card", 3, " taps"),
    "add_a_payment": Target("back office", "add a payment", 6, " interactions"),
    "commit_a_payment": Target("back office", "commit a payment", 2, " clicks"),
}
UNSCRIPTED: Final = Target("without JavaScript", "journeys that do not reach their end", 0)
