"""Identifying details of pupils: in texts, in file names, in the writing on pictures and in their metadata."""
