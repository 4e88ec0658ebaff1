"""How large what a finger has to hit is, on a page as it stands in a browser.

A target is as large as what reacts to a touch: the label around a box, the whole of a link's area, and nothing else may
lie over it. A link beside words of the same line is as high as the line, which WCAG 2.5.8 allows; nothing else is
excused.
"""

from playwright.sync_api import Page

from tests.support.browser import all_of

LEAST_PX = 44
# Half a pixel is rounding, and nobody's fault.
_MEASURE = """(least) => {
  const targets = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [tabindex='0']";
  const area = (one) => one.matches("input[type=checkbox], input[type=radio]") ? one.closest("label") ?? one : one;
  const shown = (one) => {
    const box = one.getBoundingClientRect();
    const drawn = one.checkVisibility({visibilityProperty: true}) && box.width > 1 && box.height > 1;
    return drawn && box.right > 0 && box.bottom > 0;
  };
  const inSentence = (one) => {
    if (getComputedStyle(one).display !== "inline") return false;
    const around = [...one.parentElement.childNodes].filter((node) => node !== one);
    const said = (node) => node.nodeType === Node.TEXT_NODE ? node.textContent
      : node.nodeType === Node.ELEMENT_NODE && !node.matches(targets) && shown(node)
        && getComputedStyle(node).display === "inline" ? node.textContent : "";
    return around.some((node) => /\\p{L}{2}/u.test(said(node)));
  };
  const name = (one) =>
    (one.labels?.[0]?.textContent || one.getAttribute("aria-label") || one.textContent || one.name || "").trim();
  const found = [];
  for (const one of document.querySelectorAll(targets)) {
    if (!shown(one) || one.disabled || one.closest(".vh, [inert]") || inSentence(one)) continue;
    one.scrollIntoView({block: "nearest", inline: "center"});
    const whole = area(one), box = whole.getBoundingClientRect();
    const hit = (by) => {
      const top = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2 + by);
      return top === null || whole.contains(top);
    };
    if (box.width + 0.5 < least || box.height + 0.5 < least || !hit(1 - least / 2) || !hit(least / 2 - 1))
      found.push(`${one.tagName.toLowerCase()}.${one.className} “${name(one).replace(/\\s+/g, " ").slice(0, 40)}” ` +
        `${Math.round(box.width)} × ${Math.round(box.height)}`);
  }
  return found;
}"""


def too_small(page: Page, *, least_px: int = LEAST_PX) -> list[str]:
    """Return every target of the page that a finger would miss: what it is, its name, its width and height."""
    # All of the page at once: only what is on the screen can be pointed at.
    with all_of(page):
        return list(page.evaluate(_MEASURE, least_px))
