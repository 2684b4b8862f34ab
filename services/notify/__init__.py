"""Turns posts and analyses into alerts, and alerts into messages.

`intake` records events, `assess` asks policy and raises alerts, `overdue` raises what nobody answered, `changes` opens
tasks when a register changes, `deliver` sends. Everything one event causes is written in one transaction; everything
that is sent was a row before.
"""
