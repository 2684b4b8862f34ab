"""Checks, findings, alerts, cases and tasks: a library over the database of the owner `casebook`.

Every function takes an `AsyncConnection`; the caller owns the transaction, so that what one event causes is written
as a whole or not at all. Every read for a person takes a `Viewer` and returns only what that person may see.

What an alert says is a union over everything that was found, and which tasks are open follows from what is known, so
that events may come late, twice or in any order.
"""
