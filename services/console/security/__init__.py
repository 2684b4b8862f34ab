"""What keeps strangers out: cookies, forms that prove where they come from, and the headers of every answer."""
