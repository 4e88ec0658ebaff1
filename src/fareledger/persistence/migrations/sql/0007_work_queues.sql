-- Indexes by which the work list finds the few rows among many that need a person.

CREATE INDEX booking_unplanned ON booking (operator_id, id)
  WHERE outstanding_minor - open_payments_minor + open_refunds_minor <> 0;
CREATE INDEX webhook_delivery_of_message ON webhook_delivery (operator_id, message_id);
CREATE INDEX attempt_problem ON attempt (operator_id, changed_at) WHERE problem <> '' AND state <> 'succeeded';
