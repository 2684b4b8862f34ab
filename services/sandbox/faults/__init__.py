"""Failures on demand: what platforms do on bad days, injected per endpoint."""
