"""One connector per platform, all behind the Protocol in `connector`."""
