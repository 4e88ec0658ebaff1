-- Posting. The application may only call these functions; it cannot write the tables behind them.

-- Refuses an entry that does not balance, has fewer than two lines, or whose lines name another booking, date or currency.
CREATE FUNCTION refuse_unbalanced(p_operator uuid, p_entry uuid) RETURNS void LANGUAGE plpgsql
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
    RAISE EXCEPTION 'entry % is not balanced: % lines, debits minus credits %', p_entry, found.lines, found.difference
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balanced';
  END IF;
END $$;

-- At commit, for every new entry.
CREATE FUNCTION check_new_entry() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN PERFORM refuse_unbalanced(NEW.operator_id, NEW.id); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_new_entry();

-- At once, for lines that are added to an entry that was there before this database transaction.
CREATE FUNCTION check_new_lines() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN PERFORM refuse_unbalanced(a.operator_id, a.entry_id) FROM (SELECT DISTINCT operator_id, entry_id FROM added) AS a; RETURN NULL; END $$;
CREATE TRIGGER ledger_line_balanced AFTER INSERT ON ledger_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_new_lines();

-- Microseconds since 1970 as text: the same in SQL and in Python, whatever the time zone.
CREATE FUNCTION epoch_micros(p_at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT (extract(epoch FROM p_at) * 1000000)::bigint::text $$;

-- Post one balanced entry of a booking: lock its chain, find an earlier posting of the same fact, write entry and
-- lines, seal them with the hash of the entry before, fold the lines into the balances. Amounts are signed minor
-- units, debit positive. The same fact twice returns the first entry (posted = false); the same source with other
-- content raises unique_violation.
CREATE FUNCTION post_entry(
  p_operator uuid, p_booking uuid, p_id uuid, p_kind text, p_source text, p_source_id text, p_currency text,
  p_provider text, p_channel text, p_posted_on date, p_occurred_at timestamptz, p_recorded_at timestamptz,
  p_accounts text[], p_amounts bigint[]
) RETURNS TABLE (entry_id uuid, posted boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  head booking_chain%ROWTYPE;
  earlier record;
  lines text;
  the_content text;
  the_hash text;
BEGIN
  IF p_operator IS DISTINCT FROM current_operator() THEN
    RAISE EXCEPTION 'operator % is not the operator of this transaction', p_operator USING ERRCODE = 'insufficient_privilege';
  END IF;

  -- Lock: everything of one booking is appended in one order.
  SELECT * INTO head FROM booking_chain c WHERE c.operator_id = p_operator AND c.booking_id = p_booking FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO booking_chain (operator_id, booking_id, entry_seq, entry_hash, event_seq, event_hash)
    VALUES (p_operator, p_booking, 0, '', 0, '') ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM booking_chain c WHERE c.operator_id = p_operator AND c.booking_id = p_booking FOR UPDATE;
  END IF;

  SELECT string_agg(a.account || ':' || a.amount, ',' ORDER BY a.position) INTO lines
    FROM unnest(p_accounts, p_amounts) WITH ORDINALITY AS a (account, amount, position);
  the_content := concat_ws(E'\x1f', p_booking, p_kind, p_source, p_source_id, p_currency, p_provider, p_channel, lines);

  -- One outside fact posts once.
  SELECT e.id, e.content INTO earlier FROM ledger_entry e
   WHERE e.operator_id = p_operator AND e.source = p_source AND e.source_id = p_source_id AND e.kind = p_kind;
  IF FOUND THEN
    IF earlier.content <> the_content THEN
      RAISE EXCEPTION '% % was already posted as % with other content', p_source, p_source_id, p_kind
        USING ERRCODE = 'unique_violation', CONSTRAINT = 'ledger_entry_source';
    END IF;
    RETURN QUERY SELECT earlier.id, false;
    RETURN;
  END IF;

  the_hash := encode(sha256(convert_to(concat_ws(E'\x1f', head.entry_hash, p_id, head.entry_seq + 1, the_content,
    p_posted_on, epoch_micros(p_occurred_at), epoch_micros(p_recorded_at)), 'UTF8')), 'hex');
  INSERT INTO ledger_entry (operator_id, id, booking_id, seq, kind, source, source_id, currency, provider, channel,
                            posted_on, occurred_at, recorded_at, content, previous_hash, hash)
  VALUES (p_operator, p_id, p_booking, head.entry_seq + 1, p_kind, p_source, p_source_id, p_currency, p_provider,
          p_channel, p_posted_on, p_occurred_at, p_recorded_at, the_content, head.entry_hash, the_hash);
  INSERT INTO ledger_line (operator_id, entry_id, line_no, booking_id, account, side, amount_minor, currency, posted_on)
  SELECT p_operator, p_id, a.position, p_booking, a.account, CASE WHEN a.amount > 0 THEN 'D' ELSE 'C' END,
         abs(a.amount), p_currency, p_posted_on
    FROM unnest(p_accounts, p_amounts) WITH ORDINALITY AS a (account, amount, position);
  UPDATE booking_chain c SET entry_seq = head.entry_seq + 1, entry_hash = the_hash
   WHERE c.operator_id = p_operator AND c.booking_id = p_booking;

  -- Fold into the balances, accounts in one order so that two postings never deadlock.
  INSERT INTO ledger_balance AS b (operator_id, booking_id, account, currency, balance_minor)
  SELECT p_operator, p_booking, a.account, p_currency, sum(a.amount)
    FROM unnest(p_accounts, p_amounts) AS a (account, amount) GROUP BY a.account ORDER BY a.account
  ON CONFLICT (operator_id, booking_id, account, currency) DO UPDATE SET balance_minor = b.balance_minor + EXCLUDED.balance_minor;

  RETURN QUERY SELECT p_id, true;
END $$;

-- Append one event to a booking's timeline. With a source key, the same fact is told once (returns false).
CREATE FUNCTION append_timeline(
  p_operator uuid, p_booking uuid, p_id uuid, p_kind text, p_actor text, p_payload jsonb, p_source_key text, p_occurred_at timestamptz
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  head booking_chain%ROWTYPE;
  the_hash text;
BEGIN
  IF p_operator IS DISTINCT FROM current_operator() THEN
    RAISE EXCEPTION 'operator % is not the operator of this transaction', p_operator USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT * INTO head FROM booking_chain c WHERE c.operator_id = p_operator AND c.booking_id = p_booking FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO booking_chain (operator_id, booking_id, entry_seq, entry_hash, event_seq, event_hash)
    VALUES (p_operator, p_booking, 0, '', 0, '') ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM booking_chain c WHERE c.operator_id = p_operator AND c.booking_id = p_booking FOR UPDATE;
  END IF;
  IF p_source_key IS NOT NULL AND EXISTS (
    SELECT 1 FROM timeline_event t WHERE t.operator_id = p_operator AND t.booking_id = p_booking AND t.source_key = p_source_key
  ) THEN
    RETURN false;
  END IF;
  the_hash := encode(sha256(convert_to(concat_ws(E'\x1f', head.event_hash, p_id, head.event_seq + 1, p_booking, p_kind,
    p_actor, p_payload::text, epoch_micros(p_occurred_at)), 'UTF8')), 'hex');
  INSERT INTO timeline_event (operator_id, id, booking_id, seq, kind, actor, payload, source_key, occurred_at, previous_hash, hash)
  VALUES (p_operator, p_id, p_booking, head.event_seq + 1, p_kind, p_actor, p_payload, p_source_key, p_occurred_at, head.event_hash, the_hash);
  UPDATE booking_chain c SET event_seq = head.event_seq + 1, event_hash = the_hash
   WHERE c.operator_id = p_operator AND c.booking_id = p_booking;
  RETURN true;
END $$;

REVOKE EXECUTE ON FUNCTION post_entry, append_timeline FROM PUBLIC;
