"""Rows, constraints, SQL functions and tenancy of the one PostgreSQL database.

It keeps what the use cases decide and refuses what must never be true; it decides nothing about money itself.
"""
