"""Checks from the stored rows that everything promised of the books holds, and names the first thing that
does not.

Nothing is repaired and nothing is written. Each operator is read as at one moment. The hash chains are
recomputed here, outside the database that wrote them; the other checks add the same figures up in two
ways. Whoever can rewrite a whole chain with its head can deceive it, so keep the printed heads elsewhere.
"""

from fareledger.usecases.verify_ledger.checks import verify_ledger
from fareledger.usecases.verify_ledger.verdict import Broken, Verdict

__all__ = ["Broken", "Verdict", "verify_ledger"]
