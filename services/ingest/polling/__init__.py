"""When each stream is read, by which process, and one reading of it."""
