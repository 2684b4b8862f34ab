"""The command `schoolgate`."""
