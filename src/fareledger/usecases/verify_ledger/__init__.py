"""Checks from the stored rows that everything promised of the books holds, and names the first thing that
does not.

Nothing is repaired and nothing is written. Each operator is read as at one moment. The hash chains are
recomputed here, outside the database that wrote them; the other checks add the same figures up in two
ways. A chain whose end was cut off and whose head was mended is noticed by what the rest of the books
tells of the missing links; notes that nothing else tells of, or a history rewritten in all places at once,
only show against a copy kept elsewhere.
"""

from fareledger.usecases.verify_ledger.checks import verify_ledger
from fareledger.usecases.verify_ledger.verdict import Broken, Verdict

__all__ = ["Broken", "Verdict", "verify_ledger"]
