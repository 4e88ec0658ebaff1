"""Builders and real peers that tests share."""
