"""Instagram, read through the Graph API."""
