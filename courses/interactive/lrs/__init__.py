"""A learning record store: xAPI 1.0.3 statements and documents."""
