"""A mailbox for looking at: it takes every mail by SMTP, keeps it, and shows it on a page and as JSON.

It stands in for the world's mail in demonstrations and tests. It never sends anything on, and it knows
nothing of fareledger.
"""
