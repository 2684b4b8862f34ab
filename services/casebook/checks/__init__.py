"""What was to be checked, what was answered, and what still waits."""
