-- What the application's role may do. Applied after every migrate; safe to repeat.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO fareledger_app;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO fareledger_app;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_entry, ledger_line, ledger_balance, booking_chain, timeline_event FROM fareledger_app;
REVOKE DELETE ON operator, booking, transaction, attempt, payout, payout_line, protection_release, webhook_event, email_message FROM fareledger_app;
REVOKE DELETE ON mandate, approval, approval_request, card_setup, collection, refund_order, refund_part, brand_version, import_run, webhook_delivery, webhook_try FROM fareledger_app;
REVOKE UPDATE, DELETE ON access_event, invoice, webhook_message, consent_evidence FROM fareledger_app;
REVOKE UPDATE ON payout, protection_release FROM fareledger_app;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM fareledger_app;
GRANT EXECUTE ON FUNCTION post_entry, append_timeline, current_operator TO fareledger_app;
