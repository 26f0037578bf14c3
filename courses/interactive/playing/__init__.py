"""Packages at work in modules: shown in a sandbox, their results recorded."""
