-- What the list of bookings looks for: the figures of the plan and the words of a booking, kept beside it, and indexes.

-- Folding the plan of every booking for every page would read all rows of all plans. The fold is kept here instead, and
-- only the trigger below writes it: the model of the booking does not know these columns, so saving one cannot put
-- older figures back. `fareledger verify` compares them with the plan.
ALTER TABLE booking
  ADD COLUMN paid_minor bigint NOT NULL DEFAULT 0,
  ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0,
  ADD COLUMN open_payments_minor bigint NOT NULL DEFAULT 0,
  ADD COLUMN open_refunds_minor bigint NOT NULL DEFAULT 0,
  ADD COLUMN next_due_date date,
  ADD COLUMN next_due_minor bigint;

ALTER TABLE booking
  ADD COLUMN outstanding_minor bigint NOT NULL
    GENERATED ALWAYS AS (sales_price_minor - non_payable_minor - paid_minor + refunded_minor) STORED,
  ADD COLUMN payment_status text NOT NULL
    GENERATED ALWAYS AS (CASE WHEN paid_minor - refunded_minor >= sales_price_minor - non_payable_minor THEN 'paid'
                              WHEN paid_minor - refunded_minor > 0 THEN 'partially_paid'
                              ELSE 'unpaid' END) STORED,
  ADD COLUMN searched text NOT NULL
    GENERATED ALWAYS AS (lower(customer_name || chr(10) || customer_email || chr(10)
                               || translate(jsonb_path_query_array(travellers, '$[*].name')::text, '[]"', ''))) STORED;

-- What the rows of one booking's plan come to: closed ones by kind, a reversal against its kind, and what is due next.
CREATE FUNCTION folded_plan(p_operator uuid, p_booking uuid)
RETURNS TABLE (paid_minor bigint, refunded_minor bigint, open_payments_minor bigint, open_refunds_minor bigint,
               next_due_date date, next_due_minor bigint)
LANGUAGE sql STABLE
AS $$
  SELECT coalesce(sum(CASE WHEN t.reverses IS NULL THEN t.amount_minor ELSE -t.amount_minor END)
                  FILTER (WHERE t.status = 'closed' AND t.kind = 'payment'), 0)::bigint,
         coalesce(sum(CASE WHEN t.reverses IS NULL THEN t.amount_minor ELSE -t.amount_minor END)
                  FILTER (WHERE t.status = 'closed' AND t.kind = 'refund'), 0)::bigint,
         coalesce(sum(t.amount_minor) FILTER (WHERE t.status = 'open' AND t.kind = 'payment'), 0)::bigint,
         coalesce(sum(t.amount_minor) FILTER (WHERE t.status = 'open' AND t.kind = 'refund'), 0)::bigint,
         min(t.due_date) FILTER (WHERE t.status = 'open' AND t.kind = 'payment'),
         (array_agg(t.amount_minor ORDER BY t.due_date, t.id) FILTER (WHERE t.status = 'open' AND t.kind = 'payment'))[1]
    FROM transaction t
   WHERE t.operator_id = p_operator AND t.booking_id = p_booking
$$;

CREATE FUNCTION fold_changed_plans() RETURNS trigger LANGUAGE plpgsql
AS $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT DISTINCT c.operator_id, c.booking_id FROM changed c ORDER BY c.operator_id, c.booking_id LOOP
    -- Whoever changes a plan holds the booking's lock already. Taking it here too makes the fold see what another
    -- transaction committed in between, should somebody ever come without it.
    PERFORM 1 FROM booking b WHERE b.operator_id = one.operator_id AND b.id = one.booking_id FOR NO KEY UPDATE;
    UPDATE booking b
       SET paid_minor = f.paid_minor, refunded_minor = f.refunded_minor, open_payments_minor = f.open_payments_minor,
           open_refunds_minor = f.open_refunds_minor, next_due_date = f.next_due_date, next_due_minor = f.next_due_minor
      FROM folded_plan(one.operator_id, one.booking_id) f
     WHERE b.operator_id = one.operator_id AND b.id = one.booking_id
       AND (b.paid_minor, b.refunded_minor, b.open_payments_minor, b.open_refunds_minor, b.next_due_date, b.next_due_minor)
           IS DISTINCT FROM
           (f.paid_minor, f.refunded_minor, f.open_payments_minor, f.open_refunds_minor, f.next_due_date, f.next_due_minor);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER transaction_folds_new AFTER INSERT ON transaction REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION fold_changed_plans();
CREATE TRIGGER transaction_folds_changed AFTER UPDATE ON transaction REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION fold_changed_plans();
CREATE TRIGGER transaction_folds_deleted AFTER DELETE ON transaction REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION fold_changed_plans();

-- Bookings that are there already. Row-level security shows them one operator at a time.
DO $$
DECLARE
  one uuid;
BEGIN
  FOR one IN SELECT id FROM operator LOOP
    PERFORM set_config('fareledger.operator_id', one::text, true);
    UPDATE booking b
       SET paid_minor = f.paid_minor, refunded_minor = f.refunded_minor, open_payments_minor = f.open_payments_minor,
           open_refunds_minor = f.open_refunds_minor, next_due_date = f.next_due_date, next_due_minor = f.next_due_minor
      FROM booking own, LATERAL folded_plan(own.operator_id, own.id) f
     WHERE own.operator_id = one AND b.operator_id = own.operator_id AND b.id = own.id;
  END LOOP;
  PERFORM set_config('fareledger.operator_id', '', true);
END $$;

-- The rare ones of a filter have an index of their own; the common ones are met soon enough along the list's order.
CREATE INDEX booking_refund_due ON booking (operator_id, changed_at DESC, id DESC) WHERE outstanding_minor < 0;
CREATE INDEX booking_cancelled ON booking (operator_id, changed_at DESC, id DESC) WHERE status = 'cancelled';
CREATE INDEX booking_next_due ON booking (operator_id, next_due_date, id) WHERE next_due_date IS NOT NULL;
CREATE INDEX booking_outstanding ON booking (operator_id, currency, outstanding_minor);
CREATE INDEX booking_booked ON booking (operator_id, booked_on);
CREATE INDEX transaction_amount ON transaction (operator_id, amount_minor);
CREATE INDEX attempt_reference ON attempt (operator_id, provider_reference) WHERE provider_reference IS NOT NULL;

-- Mailings of pay links, in the manner of 0002.
ALTER TABLE link_mailing ADD CONSTRAINT link_mailing_operator FOREIGN KEY (operator_id) REFERENCES operator (id);
ALTER TABLE link_mailing_item ADD CONSTRAINT link_mailing_item_mailing FOREIGN KEY (operator_id, mailing_id) REFERENCES link_mailing (operator_id, id);
ALTER TABLE link_mailing_item ADD CONSTRAINT link_mailing_item_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['link_mailing', 'link_mailing_item'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY tenant ON %I USING (operator_id = (SELECT current_operator())) WITH CHECK (operator_id = (SELECT current_operator()))', tenant_table);
  END LOOP;
END $$;
