-- Posting. The application may only call these functions; it cannot write the tables behind them.

-- At commit, for every new entry: two lines or more, balanced, all of the entry's booking, currency and date. The
-- search path is pinned, because a temporary table called ledger_line would otherwise stand in for the real one.
CREATE FUNCTION check_new_entry() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN PERFORM refuse_unbalanced(NEW.operator_id, NEW.id); RETURN NULL; END $$;

CREATE FUNCTION refuse_unbalanced(p_operator uuid, p_entry uuid) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found record;
BEGIN
  SELECT count(*) AS lines,
         coalesce(sum(CASE l.side WHEN 'D' THEN l.amount_minor ELSE -l.amount_minor END), 0) AS difference,
         coalesce(bool_and(l.currency = e.currency AND l.booking_id = e.booking_id AND l.posted_on = e.posted_on), false) AS alike
    INTO found
    FROM ledger_entry e JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id
   WHERE e.operator_id = p_operator AND e.id = p_entry;
  IF found.lines < 2 OR found.difference <> 0 OR NOT found.alike THEN
    RAISE EXCEPTION 'entry % is not balanced: % lines, debits minus credits %, alike %', p_entry, found.lines, found.difference, found.alike
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balanced';
  END IF;
END $$;

CREATE CONSTRAINT TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_new_entry();

-- At once, for lines added to an entry of an earlier transaction; the entry's own check no longer comes.
CREATE FUNCTION check_late_lines() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM refuse_unbalanced(e.operator_id, e.id)
     FROM (SELECT DISTINCT operator_id, entry_id FROM added) AS a
     JOIN ledger_entry e ON e.operator_id = a.operator_id AND e.id = a.entry_id
    WHERE e.xmin <> pg_current_xact_id()::xid;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_line_balanced AFTER INSERT ON ledger_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_late_lines();

-- The canonical form of a link of a chain: its fields as UTF-8 text, joined by the unit separator U+001F, which no
-- field may contain; its hash is the SHA-256 of that text, in hexadecimal. The first field is the hash of the link
-- before, empty for the first link; the second names the form, so that another one can follow.
--   entry: previous, 'entry.1', operator, booking, id, seq, kind, source, source id, currency, provider, channel,
--          posted on (YYYY-MM-DD), occurred at, recorded at (microseconds since 1970), lines (account:amount,…)
--   event: previous, 'event.1', operator, booking, id, seq, kind, actor, source key (or empty),
--          occurred at (microseconds since 1970), payload as PostgreSQL writes jsonb
CREATE FUNCTION link_hash(VARIADIC p_fields text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
  -- array_to_string leaves NULL out and would let two different links have one text.
  IF array_position(p_fields, NULL) IS NOT NULL THEN
    RAISE EXCEPTION 'field % of a link is missing', array_position(p_fields, NULL) USING ERRCODE = 'not_null_violation';
  END IF;
  IF cardinality(string_to_array(array_to_string(p_fields, E'\x1f'), E'\x1f')) <> cardinality(p_fields) THEN
    RAISE EXCEPTION 'a field of a link may not contain the unit separator' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN encode(sha256(convert_to(array_to_string(p_fields, E'\x1f'), 'UTF8')), 'hex');
END $$;

-- Microseconds since 1970 as text: the same in SQL and in Python, whatever the time zone.
CREATE FUNCTION epoch_micros(p_at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT (extract(epoch FROM p_at) * 1000000)::bigint::text $$;

-- Lock the heads of a booking's two chains, so that everything of one booking is appended in one order. A booking of
-- another operator has no chain under this one, and gets none: the foreign key refuses it.
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
    INSERT INTO booking_chain (operator_id, booking_id, entry_seq, entry_hash, event_seq, event_hash)
    VALUES (p_operator, p_booking, 0, '', 0, '') ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM booking_chain c WHERE c.operator_id = p_operator AND c.booking_id = p_booking FOR UPDATE;
  END IF;
  RETURN head;
END $$;

-- Post one balanced entry of a booking: lock its chain, find an earlier posting of the same fact, write entry and
-- lines, seal them with the hash of the entry before, fold the lines into the balances. Amounts are signed minor
-- units, debit positive. The same fact twice returns the first entry (posted = false); the same source with other
-- content (booking, currency, provider, channel or lines) raises unique_violation.
CREATE FUNCTION post_entry(
  p_operator uuid, p_booking uuid, p_id uuid, p_kind text, p_source text, p_source_id text, p_currency text,
  p_provider text, p_channel text, p_posted_on date, p_occurred_at timestamptz, p_recorded_at timestamptz,
  p_accounts text[], p_amounts bigint[]
) RETURNS TABLE (entry_id uuid, posted boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  head booking_chain%ROWTYPE := lock_chain(p_operator, p_booking);
  earlier record;
  the_lines text;
  held_change numeric;
  the_hash text;
BEGIN
  SELECT string_agg(a.account || ':' || a.amount, ',' ORDER BY a.position),
         sum(a.amount) FILTER (WHERE a.account IN ('protected_bank', 'protection_top_up', 'acquirer_clearing'))
    INTO the_lines, held_change
    FROM unnest(p_accounts, p_amounts) WITH ORDINALITY AS a (account, amount, position);

  -- One outside fact posts once.
  SELECT e.id,
         (e.booking_id, e.currency, e.provider, e.channel) = (p_booking, p_currency, p_provider, p_channel) AND the_lines = (
           SELECT string_agg(l.account || ':' || CASE l.side WHEN 'D' THEN l.amount_minor ELSE -l.amount_minor END, ',' ORDER BY l.line_no)
             FROM ledger_line l WHERE l.operator_id = e.operator_id AND l.entry_id = e.id) AS same
    INTO earlier
    FROM ledger_entry e
   WHERE e.operator_id = p_operator AND e.source = p_source AND e.source_id = p_source_id AND e.kind = p_kind;
  IF FOUND THEN
    IF earlier.same IS NOT TRUE THEN
      RAISE EXCEPTION '% % was already posted as % with other content', p_source, p_source_id, p_kind
        USING ERRCODE = 'unique_violation', CONSTRAINT = 'ledger_entry_source';
    END IF;
    RETURN QUERY SELECT earlier.id, false;
    RETURN;
  END IF;

  the_hash := link_hash(head.entry_hash, 'entry.1', p_operator::text, p_booking::text, p_id::text, (head.entry_seq + 1)::text,
    p_kind, p_source, p_source_id, p_currency, p_provider, p_channel, to_char(p_posted_on, 'YYYY-MM-DD'),
    epoch_micros(p_occurred_at), epoch_micros(p_recorded_at), the_lines);
  INSERT INTO ledger_entry (operator_id, id, booking_id, seq, kind, source, source_id, currency, provider, channel,
                            posted_on, occurred_at, recorded_at, previous_hash, hash)
  VALUES (p_operator, p_id, p_booking, head.entry_seq + 1, p_kind, p_source, p_source_id, p_currency, p_provider,
          p_channel, p_posted_on, p_occurred_at, p_recorded_at, head.entry_hash, the_hash);
  INSERT INTO ledger_line (operator_id, entry_id, line_no, booking_id, account, side, amount_minor, currency, posted_on)
  SELECT p_operator, p_id, a.position, p_booking, a.account, CASE WHEN a.amount > 0 THEN 'D' ELSE 'C' END,
         abs(a.amount), p_currency, p_posted_on
    FROM unnest(p_accounts, p_amounts) WITH ORDINALITY AS a (account, amount, position);
  UPDATE booking_chain c SET entry_seq = head.entry_seq + 1, entry_hash = the_hash
   WHERE c.operator_id = p_operator AND c.booking_id = p_booking;
  INSERT INTO ledger_balance AS b (operator_id, booking_id, account, currency, balance_minor)
  SELECT p_operator, p_booking, a.account, p_currency, sum(a.amount)
    FROM unnest(p_accounts, p_amounts) AS a (account, amount) GROUP BY a.account
  ON CONFLICT (operator_id, booking_id, account, currency) DO UPDATE SET balance_minor = b.balance_minor + EXCLUDED.balance_minor;

  -- What is held for a customer never falls below nothing (in the bank, owed to it, and on its way).
  IF held_change < 0 AND 0 > (
    SELECT sum(b.balance_minor) FROM ledger_balance b
     WHERE b.operator_id = p_operator AND b.booking_id = p_booking AND b.currency = p_currency
       AND b.account IN ('protected_bank', 'protection_top_up', 'acquirer_clearing')
  ) THEN
    RAISE EXCEPTION 'entry % takes more than is held for booking %', p_id, p_booking
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balance_held';
  END IF;
  RETURN QUERY SELECT p_id, true;
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
  the_hash := link_hash(head.event_hash, 'event.1', p_operator::text, p_booking::text, p_id::text, (head.event_seq + 1)::text,
    p_kind, p_actor, coalesce(p_source_key, ''), epoch_micros(p_occurred_at), p_payload::text);
  INSERT INTO timeline_event (operator_id, id, booking_id, seq, kind, actor, payload, source_key, occurred_at, previous_hash, hash)
  VALUES (p_operator, p_id, p_booking, head.event_seq + 1, p_kind, p_actor, p_payload, p_source_key, p_occurred_at, head.event_hash, the_hash);
  UPDATE booking_chain c SET event_seq = head.event_seq + 1, event_hash = the_hash
   WHERE c.operator_id = p_operator AND c.booking_id = p_booking;
  RETURN true;
END $$;

REVOKE EXECUTE ON FUNCTION post_entry, append_timeline, lock_chain FROM PUBLIC;
