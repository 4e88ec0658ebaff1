-- Keys, row-level security and guards of the tables that 0004 adds; in the manner of 0002.

ALTER TABLE invoice ADD CONSTRAINT invoice_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE webhook_message ADD CONSTRAINT webhook_message_of_booking FOREIGN KEY (operator_id, booking_id) REFERENCES booking (operator_id, id);
ALTER TABLE webhook_delivery ADD CONSTRAINT webhook_delivery_endpoint FOREIGN KEY (operator_id, endpoint_id) REFERENCES webhook_endpoint (operator_id, id);
ALTER TABLE webhook_delivery ADD CONSTRAINT webhook_delivery_message FOREIGN KEY (operator_id, message_id) REFERENCES webhook_message (operator_id, id);
ALTER TABLE webhook_try ADD CONSTRAINT webhook_try_delivery FOREIGN KEY (operator_id, delivery_id) REFERENCES webhook_delivery (operator_id, id);
ALTER TABLE idempotent_request ADD CONSTRAINT idempotent_request_key_of FOREIGN KEY (operator_id, key_id) REFERENCES api_key (operator_id, id) ON DELETE CASCADE;
ALTER TABLE transaction ADD CONSTRAINT transaction_reverses FOREIGN KEY (operator_id, reverses) REFERENCES transaction (operator_id, id);

ALTER TABLE staff_user ADD CONSTRAINT staff_user_of_operator UNIQUE (operator_id, id);
ALTER TABLE staff_factor ADD CONSTRAINT staff_factor_person FOREIGN KEY (operator_id, staff_id) REFERENCES staff_user (operator_id, id);
ALTER TABLE staff_password_link ADD CONSTRAINT staff_password_link_person FOREIGN KEY (operator_id, staff_id) REFERENCES staff_user (operator_id, id);

DO $$
DECLARE
  root text;
BEGIN
  FOREACH root IN ARRAY ARRAY['staff_invitation', 'access_event', 'saved_view', 'work_note', 'import_run', 'webhook_endpoint'] LOOP
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I FOREIGN KEY (operator_id) REFERENCES operator (id)', root, root || '_operator');
  END LOOP;
END $$;

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY[
    'staff_invitation', 'staff_factor', 'staff_password_link', 'access_event', 'saved_view', 'work_note', 'import_run', 'idempotent_request', 'webhook_endpoint',
    'webhook_message', 'webhook_delivery', 'webhook_try', 'invoice'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY tenant ON %I USING (operator_id = (SELECT current_operator())) WITH CHECK (operator_id = (SELECT current_operator()))', tenant_table);
  END LOOP;
END $$;

CREATE TRIGGER access_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER invoice_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER webhook_message_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON webhook_message FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
