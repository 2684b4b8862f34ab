"""Names of pupils in a text."""
