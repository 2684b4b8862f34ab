"""Finds pupils whose image must not be published; a face that matches nobody leaves nothing behind."""
