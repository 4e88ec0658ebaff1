-- The journal: posting in bulk, and the sums and rows of the ledger report.

-- name: post_many (one call of the posting function an entry, in the order of the list)
SELECT posted.entry_id, posted.posted
  FROM ROWS FROM (jsonb_to_recordset(%(entries)s::jsonb) AS (
         booking uuid, id uuid, kind text, source text, source_id text, currency text, provider text,
         channel text, posted_on date, occurred_at timestamptz, recorded_at timestamptz, accounts text[], amounts bigint[]
       )) WITH ORDINALITY AS f (booking, id, kind, source, source_id, currency, provider, channel, posted_on,
                                occurred_at, recorded_at, accounts, amounts, place),
       LATERAL post_entry(%(operator_id)s, f.booking, f.id, f.kind, f.source, f.source_id, f.currency, f.provider,
                          f.channel, f.posted_on, f.occurred_at, f.recorded_at, f.accounts, f.amounts) AS posted
 ORDER BY f.place

-- name: months (account by month up to a day; with a cutoff, only entries recorded before it)
SELECT l.account, date_trunc('month', l.posted_on)::date AS month,
       coalesce(sum(l.amount_minor) FILTER (WHERE l.side = 'D'), 0)::bigint AS debit_minor,
       coalesce(sum(l.amount_minor) FILTER (WHERE l.side = 'C'), 0)::bigint AS credit_minor,
       count(DISTINCT l.entry_id) AS entries
  FROM ledger_line l
 WHERE l.operator_id = %(operator_id)s AND l.currency = %(currency)s AND l.posted_on <= %(as_at)s
   AND (%(cutoff)s::timestamptz IS NULL OR EXISTS (
         SELECT 1 FROM ledger_entry e
          WHERE e.operator_id = l.operator_id AND e.id = l.entry_id AND e.recorded_at < %(cutoff)s))
 GROUP BY 1, 2
 ORDER BY 1, 2

-- name: currencies (in which there are entries)
SELECT DISTINCT l.currency FROM ledger_line l WHERE l.operator_id = %(operator_id)s ORDER BY 1

-- name: cell_total (what one account moved in one month)
SELECT coalesce(sum(l.amount_minor) FILTER (WHERE l.side = 'D'), 0)::bigint AS debit_minor,
       coalesce(sum(l.amount_minor) FILTER (WHERE l.side = 'C'), 0)::bigint AS credit_minor
  FROM ledger_line l JOIN ledger_entry e ON e.operator_id = l.operator_id AND e.id = l.entry_id
 WHERE l.operator_id = %(operator_id)s AND l.account = %(account)s AND l.currency = %(currency)s
   AND l.posted_on >= %(month)s AND l.posted_on < %(month)s + interval '1 month' AND l.posted_on <= %(as_at)s
   AND (%(cutoff)s::timestamptz IS NULL OR e.recorded_at < %(cutoff)s)

-- name: cell_bookings (the bookings behind a cell, by reference)
SELECT b.id AS booking_id, b.reference, b.customer_name, moved.debit_minor, moved.credit_minor, moved.entries
  FROM (SELECT l.booking_id,
               coalesce(sum(l.amount_minor) FILTER (WHERE l.side = 'D'), 0)::bigint AS debit_minor,
               coalesce(sum(l.amount_minor) FILTER (WHERE l.side = 'C'), 0)::bigint AS credit_minor,
               count(DISTINCT l.entry_id) AS entries
          FROM ledger_line l JOIN ledger_entry e ON e.operator_id = l.operator_id AND e.id = l.entry_id
         WHERE l.operator_id = %(operator_id)s AND l.account = %(account)s AND l.currency = %(currency)s
           AND l.posted_on >= %(month)s AND l.posted_on < %(month)s + interval '1 month' AND l.posted_on <= %(as_at)s
           AND (%(cutoff)s::timestamptz IS NULL OR e.recorded_at < %(cutoff)s)
         GROUP BY l.booking_id) AS moved
  JOIN booking b ON b.operator_id = %(operator_id)s AND b.id = moved.booking_id
 WHERE b.reference > %(after)s
 ORDER BY b.reference
 LIMIT %(limit)s

-- name: cell_entries (the entries of one booking behind a cell, whole)
SELECT e.id, e.seq, e.kind, e.provider, e.channel, e.source, e.source_id, e.posted_on, e.occurred_at, e.recorded_at,
       e.hash,
       (SELECT jsonb_agg(jsonb_build_array(l.account, l.side, l.amount_minor) ORDER BY l.line_no)
          FROM ledger_line l WHERE l.operator_id = e.operator_id AND l.entry_id = e.id) AS lines
  FROM ledger_entry e
 WHERE e.operator_id = %(operator_id)s AND e.booking_id = %(booking_id)s AND e.currency = %(currency)s
   AND e.posted_on >= %(month)s AND e.posted_on < %(month)s + interval '1 month' AND e.posted_on <= %(as_at)s
   AND (%(cutoff)s::timestamptz IS NULL OR e.recorded_at < %(cutoff)s)
   AND EXISTS (SELECT 1 FROM ledger_line l
                WHERE l.operator_id = e.operator_id AND l.entry_id = e.id AND l.account = %(account)s)
 ORDER BY e.seq
