"""What went live beside what was approved: `compare` is pure, `live` knows what is shown, `settle` decides."""
