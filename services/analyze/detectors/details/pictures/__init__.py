"""What can be read on a picture and out of its file."""
