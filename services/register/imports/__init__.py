"""A school's exports: files as models, and models into the register."""
