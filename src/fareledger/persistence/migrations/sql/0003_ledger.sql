-- Posting. The application may only call these functions; it cannot write the tables behind them.

-- At commit, for every new entry: two lines or more, balanced, numbered from 1, above 0, on accounts of the chart, all of
-- the entry's booking, currency and date. (CHECK constraints would be parsed anew for each statement.) The search path is pinned, because a temporary table called ledger_line would otherwise stand in for the real one.
CREATE FUNCTION check_new_entry() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN PERFORM refuse_unbalanced(NEW.operator_id, NEW.id); RETURN NULL; END $$;

CREATE FUNCTION refuse_unbalanced(p_operator uuid, p_entry uuid) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found record;
BEGIN
  SELECT count(*) AS lines,
         coalesce(sum(CASE l.side WHEN 'D' THEN l.amount_minor ELSE -l.amount_minor END), 0) AS difference,
         coalesce(bool_and(l.currency = e.currency AND l.booking_id = e.booking_id AND l.posted_on = e.posted_on), false)
           AND min(l.line_no) = 1 AND max(l.line_no) = count(*)
           AND bool_and(l.amount_minor > 0 AND l.side IN ('D', 'C')) AND bool_and(l.account IN (
                 'customer_receivable', 'contract_liability', 'acquirer_clearing', 'protected_bank', 'operating_bank',
                 'refunds_payable', 'acquirer_fees', 'chargebacks', 'protection_top_up', 'top_up_payable', 'revenue',
                 'suspense')) AS alike
    INTO found
    FROM ledger_entry e JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id
   WHERE e.operator_id = p_operator AND e.id = p_entry;
  IF found.lines < 2 OR found.difference <> 0 OR NOT found.alike THEN
    RAISE EXCEPTION 'entry % is not balanced: % lines, debits minus credits %, sound %', p_entry, found.lines, found.difference, found.alike
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balanced';
  END IF;
END $$;

CREATE CONSTRAINT TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_new_entry();

-- At commit, for a line that comes later, whatever its number: only 1 and 2 need no look, because every entry has them
-- already. (A check of those too would cost a third of a posting, and find nothing that the check of the entry does not.)
CREATE FUNCTION check_late_line() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN PERFORM refuse_unbalanced(NEW.operator_id, NEW.entry_id); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER ledger_line_balanced AFTER INSERT ON ledger_line DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.line_no NOT IN (1, 2)) EXECUTE FUNCTION check_late_line();

-- The canonical form of a link of a chain: its fields as UTF-8 text, joined by the unit separator U+001F, which no
-- field may contain; its hash is the SHA-256 of that text, in hexadecimal. The first field is the hash of the link
-- before, empty for the first link; the second names the form, so that another one can follow.
--   entry: previous, 'entry.1', operator, booking, id, seq, kind, source, source id, currency, provider, channel,
--          posted on (YYYY-MM-DD), occurred at, recorded at (microseconds since 1970), lines (account:amount,…)
--   event: previous, 'event.1', operator, booking, id, seq, kind, actor, source key (or empty),
--          occurred at (microseconds since 1970), payload as PostgreSQL writes jsonb
CREATE FUNCTION refuse_separator(p_fields text) RETURNS void LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
  IF strpos(p_fields, E'\x1f') > 0 THEN
    RAISE EXCEPTION 'a field of a link may not contain the unit separator' USING ERRCODE = 'invalid_parameter_value';
  END IF;
END $$;

-- Microseconds since 1970 as text: the same in SQL and in Python, whatever the time zone.
CREATE FUNCTION epoch_micros(p_at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT (extract(epoch FROM p_at) * 1000000)::bigint::text $$;

-- Lock the heads of a booking's two chains, so that everything of one booking is appended in one order. The chain carries
-- the booking's currency, so that a posting need not read the booking. A booking of another operator has no chain under
-- this one, and gets none: the foreign key refuses it.
CREATE FUNCTION lock_chain(p_operator uuid, p_booking uuid) RETURNS booking_chain LANGUAGE plpgsql
AS $$
DECLARE
  head booking_chain%ROWTYPE;
BEGIN
  IF p_operator IS DISTINCT FROM current_operator() THEN
    RAISE EXCEPTION 'operator % is not the operator of this transaction', p_operator USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT * INTO head FROM booking_chain c WHERE c.operator_id = p_operator AND c.booking_id = p_booking FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO booking_chain (operator_id, booking_id, currency, entry_seq, entry_hash, event_seq, event_hash)
    VALUES (p_operator, p_booking, coalesce((SELECT b.currency FROM booking b WHERE b.operator_id = p_operator AND b.id = p_booking), ''),
            0, '', 0, '') ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM booking_chain c WHERE c.operator_id = p_operator AND c.booking_id = p_booking FOR UPDATE;
  END IF;
  RETURN head;
END $$;

-- Post one balanced entry of a booking: lock its chain, seal the entry with the hash of the one before, write it unless
-- the same fact was posted already, write its lines, fold them into the balances. Amounts are signed minor units, debit
-- positive. The same fact twice returns the first entry (posted = false); the same source with other content (booking,
-- provider, channel or lines) raises unique_violation, a currency that is not the booking's check_violation.
CREATE FUNCTION post_entry(
  p_operator uuid, p_booking uuid, p_id uuid, p_kind text, p_source text, p_source_id text, p_currency text,
  p_provider text, p_channel text, p_posted_on date, p_occurred_at timestamptz, p_recorded_at timestamptz,
  p_accounts text[], p_amounts bigint[]
) RETURNS TABLE (entry_id uuid, posted boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  head booking_chain%ROWTYPE := lock_chain(p_operator, p_booking);
  the_lines text := '';
  held_change bigint := 0;
  the_hash text;
BEGIN
  IF p_currency IS DISTINCT FROM head.currency THEN
    RAISE EXCEPTION 'entry % is in %, booking % is in %', p_id, p_currency, p_booking, head.currency
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_currency';
  END IF;
  IF cardinality(p_accounts) IS DISTINCT FROM cardinality(p_amounts) THEN
    RAISE EXCEPTION '% accounts and % amounts', cardinality(p_accounts), cardinality(p_amounts) USING ERRCODE = 'check_violation';
  END IF;
  FOR i IN 1 .. cardinality(p_accounts) LOOP
    the_lines := concat(the_lines, CASE WHEN i > 1 THEN ',' END, p_accounts[i], ':', p_amounts[i]);
    IF p_accounts[i] IN ('protected_bank', 'protection_top_up', 'acquirer_clearing') THEN
      held_change := held_change + p_amounts[i];
    END IF;
  END LOOP;

  -- A missing field would drop out of the text; its column refuses it below.
  PERFORM refuse_separator(concat(p_kind, p_source, p_source_id, p_currency, p_provider, p_channel));
  the_hash := encode(sha256(convert_to(concat_ws(E'\x1f', head.entry_hash, 'entry.1', p_operator, p_booking, p_id,
    head.entry_seq + 1, p_kind, p_source, p_source_id, p_currency, p_provider, p_channel, to_char(p_posted_on, 'YYYY-MM-DD'),
    epoch_micros(p_occurred_at), epoch_micros(p_recorded_at), the_lines), 'UTF8')), 'hex');

  INSERT INTO ledger_entry (operator_id, id, booking_id, seq, kind, source, source_id, currency, provider, channel,
                            posted_on, occurred_at, recorded_at, previous_hash, hash)
  VALUES (p_operator, p_id, p_booking, head.entry_seq + 1, p_kind, p_source, p_source_id, p_currency, p_provider,
          p_channel, p_posted_on, p_occurred_at, p_recorded_at, head.entry_hash, the_hash)
  ON CONFLICT (operator_id, source, source_id, kind) DO NOTHING;
  IF NOT FOUND THEN
    entry_id := posted_already(p_operator, p_booking, p_kind, p_source, p_source_id, p_currency, p_provider, p_channel, the_lines);
    posted := false;
    RETURN NEXT;
    RETURN;
  END IF;

  INSERT INTO ledger_line (operator_id, entry_id, line_no, booking_id, account, side, amount_minor, currency, posted_on)
  SELECT p_operator, p_id, a.position, p_booking, a.account, CASE WHEN a.amount > 0 THEN 'D' ELSE 'C' END,
         abs(a.amount), p_currency, p_posted_on
    FROM unnest(p_accounts, p_amounts) WITH ORDINALITY AS a (account, amount, position);
  UPDATE booking_chain c SET entry_seq = head.entry_seq + 1, entry_hash = the_hash
   WHERE c.operator_id = p_operator AND c.booking_id = p_booking;

  -- Under the chain's lock nobody else changes these rows, so looking first is safe.
  FOR i IN 1 .. cardinality(p_accounts) LOOP
    UPDATE ledger_balance b SET balance_minor = b.balance_minor + p_amounts[i]
     WHERE b.operator_id = p_operator AND b.booking_id = p_booking AND b.account = p_accounts[i] AND b.currency = p_currency;
    IF NOT FOUND THEN
      INSERT INTO ledger_balance (operator_id, booking_id, account, currency, balance_minor)
      VALUES (p_operator, p_booking, p_accounts[i], p_currency, p_amounts[i]);
    END IF;
  END LOOP;

  -- What is held for a customer never falls below nothing (in the bank, owed to it, and on its way).
  IF held_change < 0 AND 0 > (
    SELECT sum(b.balance_minor) FROM ledger_balance b
     WHERE b.operator_id = p_operator AND b.booking_id = p_booking AND b.currency = p_currency
       AND b.account IN ('protected_bank', 'protection_top_up', 'acquirer_clearing')
  ) THEN
    RAISE EXCEPTION 'entry % takes more than is held for booking %', p_id, p_booking
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balance_held';
  END IF;
  entry_id := p_id;
  posted := true;
  RETURN NEXT;
END $$;

-- The entry of a fact that was posted before; raises unique_violation when it says something else.
CREATE FUNCTION posted_already(
  p_operator uuid, p_booking uuid, p_kind text, p_source text, p_source_id text, p_currency text, p_provider text,
  p_channel text, p_lines text
) RETURNS uuid LANGUAGE plpgsql
AS $$
DECLARE
  earlier uuid;
BEGIN
  SELECT e.id INTO earlier
    FROM ledger_entry e
   WHERE e.operator_id = p_operator AND e.source = p_source AND e.source_id = p_source_id AND e.kind = p_kind
     AND (e.booking_id, e.currency, e.provider, e.channel) = (p_booking, p_currency, p_provider, p_channel)
     AND p_lines = (
           SELECT string_agg(l.account || ':' || CASE l.side WHEN 'D' THEN l.amount_minor ELSE -l.amount_minor END, ',' ORDER BY l.line_no)
             FROM ledger_line l WHERE l.operator_id = e.operator_id AND l.entry_id = e.id);
  IF earlier IS NULL THEN
    RAISE EXCEPTION '% % was already posted as % with other content', p_source, p_source_id, p_kind
      USING ERRCODE = 'unique_violation', CONSTRAINT = 'ledger_entry_source';
  END IF;
  RETURN earlier;
END $$;

-- Append one event to a booking's timeline. With a source key, the same fact is told once (returns false).
CREATE FUNCTION append_timeline(
  p_operator uuid, p_booking uuid, p_id uuid, p_kind text, p_actor text, p_payload jsonb, p_source_key text, p_occurred_at timestamptz
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  head booking_chain%ROWTYPE := lock_chain(p_operator, p_booking);
  the_hash text;
BEGIN
  IF p_source_key IS NOT NULL AND EXISTS (
    SELECT 1 FROM timeline_event t WHERE t.operator_id = p_operator AND t.booking_id = p_booking AND t.source_key = p_source_key
  ) THEN
    RETURN false;
  END IF;
  PERFORM refuse_separator(concat(p_kind, p_actor, p_source_key));
  the_hash := encode(sha256(convert_to(concat_ws(E'\x1f', head.event_hash, 'event.1', p_operator, p_booking, p_id,
    head.event_seq + 1, p_kind, p_actor, coalesce(p_source_key, ''), epoch_micros(p_occurred_at), p_payload::text), 'UTF8')), 'hex');
  INSERT INTO timeline_event (operator_id, id, booking_id, seq, kind, actor, payload, source_key, occurred_at, previous_hash, hash)
  VALUES (p_operator, p_id, p_booking, head.event_seq + 1, p_kind, p_actor, p_payload, p_source_key, p_occurred_at, head.event_hash, the_hash);
  UPDATE booking_chain c SET event_seq = head.event_seq + 1, event_hash = the_hash
   WHERE c.operator_id = p_operator AND c.booking_id = p_booking;
  RETURN true;
END $$;

REVOKE EXECUTE ON FUNCTION post_entry, append_timeline, lock_chain, posted_already FROM PUBLIC;
