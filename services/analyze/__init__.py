"""Detectors answer checks: one process each, one engine child each."""
