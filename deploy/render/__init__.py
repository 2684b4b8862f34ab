"""Makes what follows from the code: topics, access to them, the dashboard, the list of settings."""
