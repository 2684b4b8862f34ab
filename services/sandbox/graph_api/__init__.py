"""Facebook's Graph API for the sandbox's posts, with the answers that a Page's own app gets."""
