"""The rules of travel money as pure functions over frozen values.

Nothing here knows Django, a database, a network, an environment or a clock: dates and amounts come in as
arguments, decisions go out as values. Use cases load, ask a rule, and save what it decided.
"""
