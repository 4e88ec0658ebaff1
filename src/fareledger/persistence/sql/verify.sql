-- What `fareledger verify` asks. A check is one query with one row: how many things were checked, how many are
-- broken, and of the first broken one its booking and what is wrong. The chains are walked row by row instead.

-- name: entry_chain (every booking with the head of its chain and its entries in order)
SELECT b.id AS booking_id, b.reference, coalesce(c.entry_seq, 0) AS head_seq, coalesce(c.entry_hash, '') AS head_hash,
       e.seq, e.previous_hash, e.hash,
       ARRAY['entry.1', e.operator_id::text, e.booking_id::text, e.id::text, e.seq::text, e.kind, e.source, e.source_id,
             e.currency, e.provider, e.channel, to_char(e.posted_on, 'YYYY-MM-DD'), epoch_micros(e.occurred_at),
             epoch_micros(e.recorded_at),
             (SELECT coalesce(string_agg(l.account || ':' || CASE l.side WHEN 'D' THEN l.amount_minor ELSE -l.amount_minor END,
                                         ',' ORDER BY l.line_no), '')
                FROM ledger_line l WHERE l.operator_id = e.operator_id AND l.entry_id = e.id)] AS fields
  FROM booking b
  LEFT JOIN booking_chain c ON c.operator_id = b.operator_id AND c.booking_id = b.id
  LEFT JOIN ledger_entry e ON e.operator_id = b.operator_id AND e.booking_id = b.id
 WHERE b.operator_id = %(operator_id)s
 ORDER BY b.id, e.seq

-- name: event_chain (the same of the timeline)
SELECT b.id AS booking_id, b.reference, coalesce(c.event_seq, 0) AS head_seq, coalesce(c.event_hash, '') AS head_hash,
       t.seq, t.previous_hash, t.hash,
       ARRAY['event.1', t.operator_id::text, t.booking_id::text, t.id::text, t.seq::text, t.kind, t.actor,
             coalesce(t.source_key, ''), epoch_micros(t.occurred_at), t.payload::text] AS fields
  FROM booking b
  LEFT JOIN booking_chain c ON c.operator_id = b.operator_id AND c.booking_id = b.id
  LEFT JOIN timeline_event t ON t.operator_id = b.operator_id AND t.booking_id = b.id
 WHERE b.operator_id = %(operator_id)s
 ORDER BY b.id, t.seq

-- name: balanced (L1, L6: two lines or more, one booking, currency and date, debits equal credits)
WITH found AS (
  SELECT e.id, e.booking_id, e.seq, count(l.line_no) AS lines,
         coalesce(sum(CASE l.side WHEN 'D' THEN l.amount_minor ELSE -l.amount_minor END), 0) AS difference,
         coalesce(bool_and(l.currency = e.currency AND l.booking_id = e.booking_id AND l.posted_on = e.posted_on
                           AND l.amount_minor > 0), false) AS alike
    FROM ledger_entry e LEFT JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id
   WHERE e.operator_id = %(operator_id)s
   GROUP BY e.id, e.booking_id, e.seq
), broken AS (
  SELECT booking_id, format('entry %%s has %%s lines, debits minus credits %%s%%s', seq, lines, difference,
                            CASE WHEN alike THEN '' ELSE ', and they do not all belong to it' END) AS message
    FROM found WHERE lines < 2 OR difference <> 0 OR NOT alike
  UNION ALL
  SELECT l.booking_id, format('a line on %%s belongs to no entry', l.account) FROM ledger_line l
   WHERE l.operator_id = %(operator_id)s
     AND NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.operator_id = l.operator_id AND e.id = l.entry_id)
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: currencies (each entry is in its booking's currency, and so is what its chain compares with)
WITH found AS (
  SELECT e.booking_id, format('entry %%s', e.seq) AS what, e.currency, b.currency AS sold_in
    FROM ledger_entry e JOIN booking b ON b.operator_id = e.operator_id AND b.id = e.booking_id
   WHERE e.operator_id = %(operator_id)s
), broken AS (
  SELECT booking_id, format('%%s is in %%s, its booking in %%s', what, currency, sold_in) AS message
    FROM (SELECT * FROM found
          UNION ALL
          SELECT b.id, 'the chain', c.currency, b.currency
            FROM booking b JOIN booking_chain c ON c.operator_id = b.operator_id AND c.booking_id = b.id
           WHERE b.operator_id = %(operator_id)s) AS compared
   WHERE currency <> sold_in
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: zero_sum (L2: over all lines of a currency)
WITH found AS (
  SELECT currency, sum(CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END) AS total
    FROM ledger_line WHERE operator_id = %(operator_id)s GROUP BY currency
), broken AS (
  SELECT NULL::uuid AS booking_id, format('the lines in %%s add up to %%s', currency, total) AS message FROM found WHERE total <> 0
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: balances (L4: each is the sum of its lines)
WITH folded AS (
  SELECT booking_id, account, currency, sum(CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END) AS minor
    FROM ledger_line WHERE operator_id = %(operator_id)s GROUP BY booking_id, account, currency
), found AS (
  SELECT coalesce(f.booking_id, b.booking_id) AS booking_id, coalesce(f.account, b.account) AS account,
         coalesce(f.minor, 0) AS folded, coalesce(b.balance_minor, 0) AS kept
    FROM folded f
    FULL JOIN (SELECT * FROM ledger_balance WHERE operator_id = %(operator_id)s) AS b
      ON b.booking_id = f.booking_id AND b.account = f.account AND b.currency = f.currency
), broken AS (
  SELECT booking_id, format('%%s stands at %%s, its lines add up to %%s', account, kept, folded) AS message
    FROM found WHERE folded <> kept
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: posted_once (L5: one outside fact, one entry of a kind)
WITH found AS (
  SELECT source, source_id, kind, count(*) AS times, (array_agg(booking_id ORDER BY seq))[1] AS booking_id
    FROM ledger_entry WHERE operator_id = %(operator_id)s GROUP BY source, source_id, kind
), broken AS (
  SELECT booking_id, format('%%s %%s was posted %%s times as %%s', source, source_id, times, kind) AS message FROM found WHERE times > 1
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: prices (a booking costs what its components come to; a cancelled one costs its fee)
WITH found AS (
  SELECT b.id AS booking_id, b.sales_price_minor AS price,
         coalesce(sum(CASE WHEN c.cancelled THEN c.cancellation_fee_minor ELSE c.price_minor END), 0) AS charged
    FROM booking b LEFT JOIN component c ON c.operator_id = b.operator_id AND c.booking_id = b.id
   WHERE b.operator_id = %(operator_id)s
   GROUP BY b.operator_id, b.id
), broken AS (
  SELECT booking_id, format('the sales price is %%s, its components come to %%s', price, charged) AS message
    FROM found WHERE price <> charged
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: outstanding (the plan's figures are the ledger's: payable − paid + refunded = customer receivable)
WITH moved AS (
  SELECT booking_id,
         sum(CASE WHEN reverses IS NULL THEN amount_minor ELSE -amount_minor END) FILTER (WHERE kind = 'payment') AS paid,
         sum(CASE WHEN reverses IS NULL THEN amount_minor ELSE -amount_minor END) FILTER (WHERE kind = 'refund') AS refunded
    FROM transaction WHERE operator_id = %(operator_id)s AND status = 'closed' GROUP BY booking_id
), found AS (
  SELECT b.id AS booking_id,
         b.sales_price_minor - b.non_payable_minor - coalesce(m.paid, 0) + coalesce(m.refunded, 0) AS outstanding,
         coalesce(l.balance_minor, 0) AS receivable
    FROM booking b
    LEFT JOIN moved m ON m.booking_id = b.id
    LEFT JOIN ledger_balance l ON l.operator_id = b.operator_id AND l.booking_id = b.id
         AND l.account = 'customer_receivable' AND l.currency = b.currency
   WHERE b.operator_id = %(operator_id)s
), broken AS (
  SELECT booking_id, format('outstanding is %%s, the ledger has %%s receivable', outstanding, receivable) AS message
    FROM found WHERE outstanding <> receivable
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: kept_figures (what the list reads beside a booking is what its plan folds to)
WITH found AS (
  SELECT b.id AS booking_id,
         ROW(b.paid_minor, b.refunded_minor, b.open_payments_minor, b.open_refunds_minor, b.next_due_date, b.next_due_minor) AS kept,
         ROW(f.paid_minor, f.refunded_minor, f.open_payments_minor, f.open_refunds_minor, f.next_due_date, f.next_due_minor) AS folded
    FROM booking b, LATERAL folded_plan(b.operator_id, b.id) AS f
   WHERE b.operator_id = %(operator_id)s
), broken AS (
  SELECT booking_id, format('beside the booking stand %%s, its plan folds to %%s', kept, folded) AS message
    FROM found WHERE kept IS DISTINCT FROM folded
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: closed_rows (what closed rows say was received, refunded and reversed is what the entries say)
WITH rows AS (
  SELECT booking_id, CASE WHEN reverses IS NULL THEN CASE kind WHEN 'refund' THEN 'refund_paid' ELSE 'payment_received' END
                          ELSE concat(kind, '_reversed') END AS kind,
         sum(amount_minor) AS minor, count(*) AS many
    FROM transaction WHERE operator_id = %(operator_id)s AND status = 'closed' GROUP BY 1, 2
), posted AS (
  SELECT e.booking_id, e.kind, sum(l.amount_minor) AS minor
    FROM ledger_entry e JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id
   WHERE e.operator_id = %(operator_id)s AND e.kind IN ('payment_received', 'refund_paid', 'payment_reversed', 'refund_reversed')
     AND l.account = 'customer_receivable' AND l.side = CASE WHEN e.kind IN ('refund_paid', 'payment_reversed') THEN 'D' ELSE 'C' END
   GROUP BY 1, 2
), broken AS (
  SELECT coalesce(r.booking_id, p.booking_id) AS booking_id,
         format('closed rows add up to %%s of %%s, the entries to %%s', coalesce(r.minor, 0), coalesce(r.kind, p.kind),
                coalesce(p.minor, 0)) AS message
    FROM rows r FULL JOIN posted p ON p.booking_id = r.booking_id AND p.kind = r.kind
   WHERE coalesce(r.minor, 0) <> coalesce(p.minor, 0)
)
SELECT (SELECT coalesce(sum(many), 0) FROM rows) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: reversals (each takes back one closed row, offline or a refund that failed later, for a reason, and mirrors one entry for its whole amount)
WITH rows AS (
  SELECT t.id, t.booking_id, t.reason,
         coalesce(o.status = 'closed' AND (o.provider = 'offline' OR o.kind = 'refund') AND o.reverses IS NULL
                  AND o.provider = t.provider
                  AND (o.booking_id, o.kind, o.amount_minor) = (t.booking_id, t.kind, t.amount_minor), false) AS fits
    FROM transaction t LEFT JOIN transaction o ON o.operator_id = t.operator_id AND o.id = t.reverses
   WHERE t.operator_id = %(operator_id)s AND t.reverses IS NOT NULL
), entries AS (
  SELECT e.booking_id, e.seq,
         coalesce((o.kind, e.kind) IN (('payment_received', 'payment_reversed'), ('refund_paid', 'refund_reversed'))
                  AND o.booking_id = e.booking_id
                  AND (SELECT sum(CASE l.side WHEN 'D' THEN l.amount_minor ELSE -l.amount_minor END) FROM ledger_line l
                        WHERE l.operator_id = e.operator_id AND l.entry_id IN (o.id, e.id) AND l.account = 'customer_receivable') = 0,
                  false) AS fits
    FROM ledger_entry e LEFT JOIN ledger_entry o ON o.operator_id = e.operator_id AND o.id::text = e.source_id
   WHERE e.operator_id = %(operator_id)s AND e.source = 'reversal'
), broken AS (
  SELECT booking_id, format('row %%s reverses no such row, or without a reason', id) AS message FROM rows WHERE NOT fits OR reason = ''
  UNION ALL
  SELECT booking_id, format('entry %%s reverses no such entry', seq) FROM entries WHERE NOT fits
)
SELECT (SELECT count(*) FROM rows) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: attempts (P4: each success is posted once, for the provider's amount, and nothing else is)
WITH posted AS (
  SELECT e.source_id, e.booking_id, e.currency, sum(l.amount_minor) AS minor
    FROM ledger_entry e JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id
   WHERE e.operator_id = %(operator_id)s AND e.kind = 'payment_received' AND e.source = 'attempt'
     AND l.account = 'acquirer_clearing' AND l.side = 'D'
   GROUP BY e.id, e.source_id, e.booking_id, e.currency
), succeeded AS (
  SELECT id::text AS id, booking_id, currency, amount_minor FROM attempt
   WHERE operator_id = %(operator_id)s AND state = 'succeeded'
), broken AS (
  SELECT coalesce(a.booking_id, p.booking_id) AS booking_id,
         format('attempt %%s succeeded with %%s, posted is %%s', coalesce(a.id, p.source_id), coalesce(a.amount_minor::text, 'nothing'),
                coalesce(p.minor::text, 'nothing')) AS message
    FROM succeeded a FULL JOIN posted p ON p.source_id = a.id AND p.booking_id = a.booking_id AND p.currency = a.currency
   WHERE a.amount_minor IS DISTINCT FROM p.minor
)
SELECT (SELECT count(*) FROM succeeded) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: refund_parts (each part that arrived is posted once, for its amount, by the entry of its row; no payment bears more than it brought)
WITH posted AS (
  SELECT e.source_id, e.booking_id, e.currency, sum(l.amount_minor) AS minor,
         EXISTS (SELECT 1 FROM ledger_entry r WHERE r.operator_id = e.operator_id AND r.source = 'reversal'
                    AND r.source_id = e.id::text) AS undone
    FROM ledger_entry e JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id
   WHERE e.operator_id = %(operator_id)s AND e.kind = 'refund_paid' AND e.source = 'refund'
     AND l.account = 'customer_receivable' AND l.side = 'D'
   GROUP BY e.operator_id, e.id
), succeeded AS (
  SELECT concat(provider, ':', provider_reference) AS id, booking_id, currency, amount_minor FROM refund_part
   WHERE operator_id = %(operator_id)s AND state = 'succeeded'
), borne AS (
  SELECT a.booking_id, a.id, a.amount_minor, sum(p.amount_minor) AS minor
    FROM refund_part p JOIN attempt a ON a.operator_id = p.operator_id AND a.id = p.payment_attempt_id
   WHERE p.operator_id = %(operator_id)s AND p.state IN ('intended', 'processing', 'unknown', 'succeeded')
   GROUP BY a.operator_id, a.id
), broken AS (
  SELECT coalesce(s.booking_id, p.booking_id) AS booking_id,
         format('refund %%s arrived with %%s, posted is %%s', coalesce(s.id, p.source_id), coalesce(s.amount_minor::text, 'nothing'),
                coalesce(p.minor::text, 'nothing')) AS message
    FROM succeeded s
    FULL JOIN (SELECT * FROM posted WHERE NOT undone) AS p
      ON p.source_id = s.id AND p.booking_id = s.booking_id AND p.currency = s.currency
   WHERE s.amount_minor IS DISTINCT FROM p.minor
  UNION ALL
  SELECT booking_id, format('payment %%s brought %%s, refunds take %%s of it', id, amount_minor, minor) FROM borne
   WHERE minor > amount_minor
)
SELECT (SELECT count(*) FROM succeeded) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: webhooks (each body is the one that was kept at receipt)
WITH found AS (
  SELECT provider, event_id, received_at, encode(sha256(body), 'hex') = body_sha256 AS same
    FROM webhook_event WHERE operator_id = %(operator_id)s
), broken AS (
  SELECT NULL::uuid AS booking_id, format('webhook %%s of %%s is not as it was received', event_id, provider) AS message
    FROM found WHERE NOT same
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: held (T1, T4: never below nothing; what the operator owes the trust has two equal sides)
WITH found AS (
  SELECT booking_id,
         sum(balance_minor) FILTER (WHERE account IN ('protected_bank', 'protection_top_up', 'acquirer_clearing')) AS held,
         coalesce(sum(balance_minor) FILTER (WHERE account IN ('protection_top_up', 'top_up_payable')), 0) AS top_up
    FROM ledger_balance WHERE operator_id = %(operator_id)s GROUP BY booking_id
), broken AS (
  SELECT booking_id, format('%%s is held; the two sides of the top-up differ by %%s', held, top_up) AS message
    FROM found WHERE held < 0 OR top_up <> 0
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: released (T2: each release names its event and evidence once, for the sum of its entry)
WITH posted AS (
  SELECT e.id, e.booking_id, e.seq,
         sum(CASE l.side WHEN 'C' THEN l.amount_minor ELSE -l.amount_minor END)
           FILTER (WHERE l.account IN ('protected_bank', 'protection_top_up', 'acquirer_clearing')) AS minor
    FROM ledger_entry e JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id
   WHERE e.operator_id = %(operator_id)s AND e.kind = 'protection_released' GROUP BY e.id, e.booking_id, e.seq
), found AS (
  SELECT coalesce(r.booking_id, p.booking_id) AS booking_id, r.id AS release_id, r.amount_minor, p.minor, r.event, r.evidence,
         b.travel_completed_on
    FROM (SELECT * FROM protection_release WHERE operator_id = %(operator_id)s) AS r
    FULL JOIN posted p ON p.id = r.entry_id AND p.booking_id = r.booking_id
    LEFT JOIN booking b ON b.operator_id = %(operator_id)s AND b.id = coalesce(r.booking_id, p.booking_id)
), broken AS (
  SELECT booking_id, CASE WHEN release_id IS NULL THEN format('%%s was released without a reason', minor)
                          WHEN minor IS DISTINCT FROM amount_minor THEN format('a release of %%s was posted as %%s', amount_minor, minor)
                          ELSE 'a release has no evidence, or its travel is not over' END AS message
    FROM found
   WHERE (release_id IS NULL AND minor <> 0)
      OR (release_id IS NOT NULL AND (minor IS DISTINCT FROM amount_minor OR coalesce(evidence->>'event', '') <> event
                                      OR travel_completed_on IS NULL))
  UNION ALL
  -- what is owed to the customer stays protected until it is paid back
  SELECT b.id, 'money is still protected although travel is over'
    FROM booking b JOIN ledger_balance l ON l.operator_id = b.operator_id AND l.booking_id = b.id
   WHERE b.operator_id = %(operator_id)s AND b.travel_completed_on IS NOT NULL
   GROUP BY b.operator_id, b.id
  HAVING bool_or(l.account = 'contract_liability' AND l.balance_minor <> 0)
      OR coalesce(sum(l.balance_minor) FILTER (WHERE l.account IN ('protected_bank', 'protection_top_up')), 0)
         NOT BETWEEN 0 AND greatest(0, -coalesce(sum(l.balance_minor) FILTER (WHERE l.account = 'customer_receivable'), 0))
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: payouts (S1: gross − fees − refunds − chargebacks + adjustments = deposit = the sum of the lines)
WITH found AS (
  SELECT p.external_id, p.line_count, p.deposit_minor,
         p.gross_minor - p.fees_minor - p.refunds_minor - p.chargebacks_minor + p.adjustments_minor AS explained,
         count(l.id) AS lines, coalesce(sum(l.net_minor), 0) AS net,
         coalesce(sum(l.gross_minor) FILTER (WHERE l.kind = 'payment'), 0) = p.gross_minor
           AND coalesce(sum(l.fee_minor), 0) = p.fees_minor
           AND coalesce(sum(l.gross_minor) FILTER (WHERE l.kind = 'refund'), 0) = -p.refunds_minor AS totals
    FROM payout p LEFT JOIN payout_line l ON l.operator_id = p.operator_id AND l.payout_id = p.id
   WHERE p.operator_id = %(operator_id)s
   GROUP BY p.operator_id, p.id
), broken AS (
  SELECT NULL::uuid AS booking_id,
         format('payout %%s: deposit %%s, explained %%s, %%s of %%s lines with %%s', external_id, deposit_minor, explained, lines,
                line_count, net) AS message
    FROM found WHERE explained <> deposit_minor OR net <> deposit_minor OR lines <> line_count OR NOT totals
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: settled (S1: each line is matched to an entry of its gross and fee, or excepted with a reason, or waits)
-- The gross of a refund is below nothing, as on its line.
WITH posted AS (
  SELECT e.id, e.booking_id, e.seq, e.source_id,
         coalesce(sum(CASE l.side WHEN 'C' THEN l.amount_minor ELSE -l.amount_minor END)
                    FILTER (WHERE l.account IN ('acquirer_clearing', 'refunds_payable')), 0) AS gross,
         coalesce(sum(l.amount_minor) FILTER (WHERE l.account = 'acquirer_fees' AND l.side = 'D'), 0) AS fee
    FROM ledger_entry e JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id
   WHERE e.operator_id = %(operator_id)s AND e.kind IN ('payment_settled', 'refund_settled') GROUP BY e.operator_id, e.id
), lines AS (
  SELECT l.*, p.provider FROM payout_line l JOIN payout p ON p.operator_id = l.operator_id AND p.id = l.payout_id
   WHERE l.operator_id = %(operator_id)s
), broken AS (
  SELECT coalesce(l.booking_id, p.booking_id) AS booking_id,
         CASE WHEN p.id IS NULL THEN format('line %%s is matched but not posted', l.external_id)
              WHEN l.id IS NULL THEN format('entry %%s settles no payout line', p.seq)
              ELSE format('line %%s of %%s less %%s was posted as %%s less %%s', l.external_id, l.gross_minor, l.fee_minor, p.gross, p.fee)
         END AS message
    FROM (SELECT * FROM lines WHERE status = 'matched') AS l
    FULL JOIN posted p ON p.id = l.entry_id AND p.booking_id = l.booking_id
   WHERE p.id IS NULL OR l.id IS NULL OR p.gross <> l.gross_minor OR p.fee <> l.fee_minor
      OR p.source_id <> l.provider || ':' || l.provider_reference
  UNION ALL
  SELECT booking_id, format('line %%s is an exception without a reason', external_id) FROM lines
   WHERE status = 'exception' AND reason = ''
)
SELECT (SELECT count(*) FROM lines) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: told (what booking, ledger, attempts and emails say happened is on the timeline; no money moved there alone)
-- So a timeline whose end was cut off is noticed even when the head of its chain was mended.
WITH told AS (
  SELECT booking_id, seq, kind, source_key FROM timeline_event WHERE operator_id = %(operator_id)s
), edited AS (
  SELECT booking_id, (payload ->> 'version')::int AS version, source_key FROM timeline_event
   WHERE operator_id = %(operator_id)s AND kind = 'plan_edited' AND payload #> '{changed,terms}' IS NOT NULL
), posted AS (
  SELECT booking_id, seq, kind, CASE
           WHEN kind IN ('payment_received', 'refund_paid', 'payment_reversed', 'refund_reversed') THEN concat(kind, ':', source, ':', source_id)
           WHEN kind IN ('payment_settled', 'refund_settled') THEN concat(source, ':', source_id)
           WHEN kind = 'booking_sold' THEN concat('booking_created:', source, ':', source_id)
           WHEN kind = 'sale_changed' THEN concat('booking_changed:', source, ':', source_id)
           ELSE source END AS key
    FROM ledger_entry WHERE operator_id = %(operator_id)s
), found AS (
  SELECT booking_id, format('entry %%s (%%s)', seq, kind) AS what, key FROM posted
  UNION ALL
  SELECT b.id, format('version %%s', v),
         coalesce(e.source_key,
                  format('booking_%%s:booking:%%s:%%s', CASE v WHEN 1 THEN 'created' ELSE 'changed' END, b.id, v))
    FROM booking b CROSS JOIN generate_series(1, b.version) AS v
    LEFT JOIN edited e ON e.booking_id = b.id AND e.version = v
   WHERE b.operator_id = %(operator_id)s
  UNION ALL
  SELECT id, 'the end of travel', 'end_of_travel' FROM booking
   WHERE operator_id = %(operator_id)s AND travel_completed_on IS NOT NULL
  UNION ALL
  SELECT booking_id, format('attempt %%s', id), format('attempt:%%s:started', id) FROM attempt WHERE operator_id = %(operator_id)s
  UNION ALL
  SELECT booking_id, format('the end of attempt %%s', id), format('attempt:%%s:%%s', id, state) FROM attempt
   WHERE operator_id = %(operator_id)s AND state IN ('failed', 'cancelled', 'expired')
  UNION ALL
  SELECT booking_id, format('email %%s', id), format('email_%%s:%%s', status, id) FROM email_message
   WHERE operator_id = %(operator_id)s AND status IN ('sent', 'failed') AND booking_id IS NOT NULL
), broken AS (
  SELECT f.booking_id, format('%%s is not on the timeline', f.what) AS message
    FROM found f LEFT JOIN told t ON t.booking_id = f.booking_id AND t.source_key = f.key WHERE t.seq IS NULL
  UNION ALL
  SELECT t.booking_id, format('event %%s (%%s) has no entry', t.seq, t.kind)
    FROM told t LEFT JOIN posted p ON p.booking_id = t.booking_id AND p.key = t.source_key
   WHERE p.seq IS NULL AND t.kind IN ('payment_received', 'refund_paid', 'payment_reversed', 'refund_reversed', 'payment_settled', 'refund_settled', 'protection_released')
)
SELECT (SELECT count(*) FROM found) AS checked, (SELECT count(*) FROM broken) AS broken, first.*
  FROM (SELECT booking_id, message FROM broken ORDER BY booking_id, message LIMIT 1) AS first
 RIGHT JOIN (SELECT 1) AS always ON true

-- name: role (L3: what the role of this connection could do to history; no rows when all is well)
SELECT format('%%s is a superuser or may bypass row-level security', rolname) AS message
  FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)
UNION ALL
SELECT format('%%s owns %%s', current_user, relname) FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND pg_has_role(current_user, relowner, 'MEMBER')
UNION ALL
SELECT format('%%s may %%s %%s', current_user, privilege, guarded)
  FROM unnest(ARRAY['ledger_entry', 'ledger_line', 'ledger_balance', 'booking_chain', 'timeline_event']) AS guarded,
       unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
 WHERE has_table_privilege(current_user, guarded, privilege) OR (privilege = 'UPDATE' AND has_any_column_privilege(current_user, guarded, 'UPDATE'))
UNION ALL
SELECT format('row-level security is not forced on %%s', c.relname)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'operator_id' AND NOT a.attisdropped
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'staff_user'
   AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
UNION ALL
SELECT format('the guard %%s on %%s is missing or switched off', wanted.name, wanted.guarded)
  FROM (VALUES ('ledger_entry', 'ledger_entry_append_only'), ('ledger_entry', 'ledger_entry_balanced'),
               ('ledger_line', 'ledger_line_append_only'), ('ledger_line', 'ledger_line_balanced'),
               ('timeline_event', 'timeline_event_append_only'), ('transaction', 'transaction_closed_stays'),
               ('attempt', 'attempt_success_stays')) AS wanted (guarded, name)
 WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t
                    WHERE t.tgrelid = wanted.guarded::regclass AND t.tgname = wanted.name AND t.tgenabled IN ('O', 'A'))
ORDER BY 1

-- name: reference (of a booking, for people)
SELECT reference FROM booking WHERE operator_id = %(operator_id)s AND id = %(booking_id)s
