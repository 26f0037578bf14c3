"""Journeys in a real browser, against the site as `eti demo` serves it: hashed files, real server, real content."""
