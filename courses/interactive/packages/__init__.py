"""Packages: checked, stored once, served, replaced, exported."""
