"""Pages of the forum: reading, writing, moderating. Writing needs an account."""
