"""The Graph API, by which Facebook and Instagram are read."""
