"""One search over everything that people write and publish here, in French."""
