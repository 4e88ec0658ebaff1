"""How large what a finger has to hit is, on a page as it stands in a browser.

A target is as large as what reacts to a touch: the label around a box, the whole of a link's area, and nothing else may
lie over it. A link beside words of the same line is as high as the line, which WCAG 2.5.8 allows; nothing else is
excused.
"""

from playwright.sync_api import Page

from tests.support.browser import all_of

LEAST_PX = 44
# Half a pixel is rounding, and nobody's fault.
_MEASURE = """([least, spaced]) => {
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
  const found = [], candidates = [...document.querySelectorAll(targets)];
  const all = candidates.filter((one) => shown(one) && !one.closest(".vh, [inert]"));
  const gap = (x, y, box) =>
    Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
  const alone = (one, box) => {
    const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    return all.every((other) => {
      const whole = area(other), around = whole.getBoundingClientRect();
      if (whole.contains(one) || one.contains(whole)) return true;
      const small = around.width + 0.5 < least || around.height + 0.5 < least;
      const far = Math.hypot((around.left + around.right) / 2 - x, (around.top + around.bottom) / 2 - y);
      return gap(x, y, around) + 0.5 >= least / 2 && (!small || far + 0.5 >= least);
    });
  };
  for (const one of all) {
    if (one.disabled || inSentence(one)) continue;
    one.scrollIntoView({block: "nearest", inline: "center"});
    const whole = area(one), box = whole.getBoundingClientRect();
    const hit = (by) => {
      const top = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2 + by);
      return top === null || whole.contains(top);
    };
    if (spaced && alone(one, box)) continue;
    if (box.width + 0.5 < least || box.height + 0.5 < least || !hit(1 - least / 2) || !hit(least / 2 - 1))
      found.push(`${one.tagName.toLowerCase()}.${one.className} “${name(one).replace(/\\s+/g, " ").slice(0, 40)}” ` +
        `${Math.round(box.width)} × ${Math.round(box.height)}`);
  }
  return found;
}"""


def too_small(page: Page, *, least_px: int = LEAST_PX, spaced: bool = False) -> list[str]:
    """Return every target of the page that a finger would miss: what it is, its name, its width and height.

    With `spaced`, a small one is excused when a circle as wide as `least_px` around it touches no other (WCAG 2.5.8).
    """
    # All of the page at once: only what is on the screen can be pointed at.
    with all_of(page):
        return list(page.evaluate(_MEASURE, [least_px, spaced]))
