"""What each detector looks for; all of them speak the Protocol of detector.py."""
