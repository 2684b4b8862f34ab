"""Where the messages of a demonstration end: mail and webhooks."""
