"""Settings. `base` reads everything from the environment; the others choose defaults for where the site runs.

- `local`: one machine, nothing to configure (what `eti` uses unless told otherwise);
- `production`: a public server, refuses to start without its secrets;
- `test`: the test suite.
"""
