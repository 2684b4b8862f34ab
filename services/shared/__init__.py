"""Plumbing that every service stands on; no school rules."""
