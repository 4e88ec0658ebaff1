-- Keys across tenant tables, and row-level security. The grants of the application's role stand in grants.sql.

-- Every reference carries the operator, so no row can point at another operator's. Whatever belongs to a booking
-- reaches its operator through the booking: a foreign key of its own to `operator` would make every posting lock that
-- one row. The journal and the timeline hang on the chain row, which the posting functions hold locked anyway.

ALTER TABLE component ADD CONSTRAINT component_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE transaction ADD CONSTRAINT transaction_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE attempt ADD CONSTRAINT attempt_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE attempt_cover ADD CONSTRAINT attempt_cover_attempt FOREIGN KEY (operator_id, attempt_id) REFERENCES attempt (operator_id, id);
ALTER TABLE attempt_cover ADD CONSTRAINT attempt_cover_transaction FOREIGN KEY (operator_id, transaction_id) REFERENCES transaction (operator_id, id);
ALTER TABLE booking_chain ADD CONSTRAINT booking_chain_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_chain FOREIGN KEY (operator_id, booking_id) REFERENCES booking_chain (operator_id, booking_id);
ALTER TABLE ledger_line ADD CONSTRAINT ledger_line_entry FOREIGN KEY (operator_id, entry_id) REFERENCES ledger_entry (operator_id, id);
ALTER TABLE ledger_balance ADD CONSTRAINT ledger_balance_chain FOREIGN KEY (operator_id, booking_id) REFERENCES booking_chain (operator_id, booking_id);
ALTER TABLE timeline_event ADD CONSTRAINT timeline_event_chain FOREIGN KEY (operator_id, booking_id) REFERENCES booking_chain (operator_id, booking_id);
ALTER TABLE email_message ADD CONSTRAINT email_message_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE portal_link ADD CONSTRAINT portal_link_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE portal_session ADD CONSTRAINT portal_session_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE payout_line ADD CONSTRAINT payout_line_payout FOREIGN KEY (operator_id, payout_id) REFERENCES payout (operator_id, id);
ALTER TABLE payout_line ADD CONSTRAINT payout_line_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE payout_line ADD CONSTRAINT payout_line_transaction FOREIGN KEY (operator_id, transaction_id) REFERENCES transaction (operator_id, id);
ALTER TABLE payout_line ADD CONSTRAINT payout_line_entry FOREIGN KEY (operator_id, entry_id) REFERENCES ledger_entry (operator_id, id);
ALTER TABLE protection_release ADD CONSTRAINT protection_release_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE protection_release ADD CONSTRAINT protection_release_entry FOREIGN KEY (operator_id, entry_id) REFERENCES ledger_entry (operator_id, id);

DO $$
DECLARE
  root text;
BEGIN
  FOREACH root IN ARRAY ARRAY['api_key', 'provider_account', 'booking', 'webhook_event', 'payout'] LOOP
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I FOREIGN KEY (operator_id) REFERENCES operator (id)', root, root || '_operator');
  END LOOP;
END $$;

-- These rows are updated in place all the time; free space on their pages keeps the updates there.
ALTER TABLE booking_chain SET (fillfactor = 70);
ALTER TABLE ledger_balance SET (fillfactor = 70);

-- The operator of this database transaction; no operator set means no rows.
CREATE FUNCTION current_operator() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('fareledger.operator_id', true), '')::uuid $$;

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY[
    'api_key', 'provider_account', 'booking', 'component', 'transaction', 'attempt', 'attempt_cover', 'webhook_event',
    'booking_chain', 'ledger_entry', 'ledger_line', 'ledger_balance', 'timeline_event', 'email_message', 'portal_link',
    'portal_session', 'payout', 'payout_line', 'protection_release'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY tenant ON %I USING (operator_id = (SELECT current_operator())) WITH CHECK (operator_id = (SELECT current_operator()))', tenant_table);
  END LOOP;
END $$;

-- The directory may be read by anybody, but written only as the operator itself.
ALTER TABLE operator ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY directory ON operator FOR SELECT USING (true);
CREATE POLICY own_row_new ON operator FOR INSERT WITH CHECK (id = (SELECT current_operator()));
CREATE POLICY own_row ON operator FOR UPDATE USING (id = (SELECT current_operator())) WITH CHECK (id = (SELECT current_operator()));

-- Append-only: not even the owner rewrites history by accident.
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation'; END $$;

CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER ledger_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_line FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER timeline_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timeline_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- A closed row of the plan never changes and never goes away.
CREATE FUNCTION refuse_changing_closed() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
  IF OLD.status = 'closed' AND (TG_OP = 'DELETE' OR NEW IS DISTINCT FROM OLD) THEN
    RAISE EXCEPTION 'transaction % is closed and cannot change', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER transaction_closed_stays BEFORE UPDATE OR DELETE ON transaction FOR EACH ROW EXECUTE FUNCTION refuse_changing_closed();

-- A provider-verified success is never undone (only a refund or a dispute reverses the money).
CREATE FUNCTION refuse_undoing_success() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
  IF OLD.state = 'succeeded' AND NEW.state <> 'succeeded' THEN
    RAISE EXCEPTION 'attempt % succeeded and cannot become %', OLD.id, NEW.state USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER attempt_success_stays BEFORE UPDATE ON attempt FOR EACH ROW EXECUTE FUNCTION refuse_undoing_success();
