"""X API v2 over the store: what a school's own app reads with a bearer token."""
