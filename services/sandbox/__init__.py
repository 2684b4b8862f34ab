"""A school that does not exist, on servers that speak the platforms' APIs: for demonstrations and tests."""
