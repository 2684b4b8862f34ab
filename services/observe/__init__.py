"""Watches the watchers: how far behind each consumer group is, and how well each account is being read."""
