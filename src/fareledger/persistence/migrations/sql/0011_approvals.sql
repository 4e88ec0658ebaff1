-- Keys and row-level security of the tables that 0010 adds; in the manner of 0002.

ALTER TABLE approval_request ADD CONSTRAINT approval_request_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE approval_request ADD CONSTRAINT approval_request_evidence FOREIGN KEY (operator_id, evidence_id) REFERENCES consent_evidence (operator_id, id);
ALTER TABLE card_setup ADD CONSTRAINT card_setup_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE card_setup ADD CONSTRAINT card_setup_request FOREIGN KEY (operator_id, request_id) REFERENCES approval_request (operator_id, id);
ALTER TABLE mandate ADD CONSTRAINT mandate_setup FOREIGN KEY (operator_id, setup_id) REFERENCES card_setup (operator_id, id);
ALTER TABLE attempt ADD CONSTRAINT attempt_request FOREIGN KEY (operator_id, request_id) REFERENCES approval_request (operator_id, id);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['approval_request', 'card_setup'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY tenant ON %I USING (operator_id = (SELECT current_operator())) WITH CHECK (operator_id = (SELECT current_operator()))', tenant_table);
  END LOOP;
END $$;
