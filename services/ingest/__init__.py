"""Reads the official accounts and publishes every revision of every post as a check."""
