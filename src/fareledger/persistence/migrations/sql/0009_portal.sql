-- Keys, row-level security and guards of the tables that 0008 adds; in the manner of 0002.

ALTER TABLE mandate ADD CONSTRAINT mandate_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE mandate ADD CONSTRAINT mandate_attempt FOREIGN KEY (operator_id, attempt_id) REFERENCES attempt (operator_id, id);
ALTER TABLE consent_evidence ADD CONSTRAINT consent_evidence_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE approval ADD CONSTRAINT approval_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE approval ADD CONSTRAINT approval_transaction FOREIGN KEY (operator_id, transaction_id) REFERENCES transaction (operator_id, id);
ALTER TABLE approval ADD CONSTRAINT approval_mandate FOREIGN KEY (operator_id, mandate_id) REFERENCES mandate (operator_id, id);
ALTER TABLE approval ADD CONSTRAINT approval_evidence FOREIGN KEY (operator_id, evidence_id) REFERENCES consent_evidence (operator_id, id);
ALTER TABLE collection ADD CONSTRAINT collection_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE collection ADD CONSTRAINT collection_transaction FOREIGN KEY (operator_id, transaction_id) REFERENCES transaction (operator_id, id);
ALTER TABLE collection ADD CONSTRAINT collection_attempt FOREIGN KEY (operator_id, attempt_id) REFERENCES attempt (operator_id, id);
ALTER TABLE attempt ADD CONSTRAINT attempt_mandate FOREIGN KEY (operator_id, mandate_id) REFERENCES mandate (operator_id, id);
ALTER TABLE refund_order ADD CONSTRAINT refund_order_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE refund_order ADD CONSTRAINT refund_order_transaction FOREIGN KEY (operator_id, transaction_id) REFERENCES transaction (operator_id, id);
ALTER TABLE refund_part ADD CONSTRAINT refund_part_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE refund_part ADD CONSTRAINT refund_part_order FOREIGN KEY (operator_id, order_id) REFERENCES refund_order (operator_id, id);
ALTER TABLE refund_part ADD CONSTRAINT refund_part_payment FOREIGN KEY (operator_id, payment_attempt_id) REFERENCES attempt (operator_id, id);
ALTER TABLE portal_code ADD CONSTRAINT portal_code_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE portal_code ADD CONSTRAINT portal_code_session FOREIGN KEY (operator_id, session_id) REFERENCES portal_session (operator_id, id) ON DELETE CASCADE;

DO $$
DECLARE
  root text;
BEGIN
  FOREACH root IN ARRAY ARRAY['portal_miss', 'brand_version'] LOOP
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I FOREIGN KEY (operator_id) REFERENCES operator (id)', root, root || '_operator');
  END LOOP;
END $$;

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY[
    'mandate', 'consent_evidence', 'approval', 'collection', 'refund_order', 'refund_part', 'portal_miss', 'portal_code',
    'brand_version'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY tenant ON %I USING (operator_id = (SELECT current_operator())) WITH CHECK (operator_id = (SELECT current_operator()))', tenant_table);
  END LOOP;
END $$;

CREATE TRIGGER consent_evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_evidence FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
