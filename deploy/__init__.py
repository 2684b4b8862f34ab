"""How Schoolgate is installed."""
