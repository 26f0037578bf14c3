"""Benchmarks: a scratch site full of rows, what is measured there, and the budgets that it has to keep."""
