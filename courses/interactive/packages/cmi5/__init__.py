"""cmi5 packages, read without trust. Pure."""
