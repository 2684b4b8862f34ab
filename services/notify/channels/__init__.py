"""The ways out: each takes one message and says whether it was sent, may be tried again, or never will be."""
