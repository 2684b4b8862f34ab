"""The pages that people work on: sign in, the queue, one case in full, what is watched. They work without any script.

Everything is read at the moment it is shown and nothing is copied: a post's text lies in the content store only, and
goes from here when it goes from there.
"""
