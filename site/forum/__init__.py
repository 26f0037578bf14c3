"""The forum: categories, topics, posts, read marks and moderation."""
