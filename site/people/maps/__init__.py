"""The outlines of the départements; see README.md."""
