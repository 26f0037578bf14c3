"""What the LRS tells the apps above it."""

from django.dispatch import Signal

statement_recorded = Signal()
"""Statements were stored for the first time, in the transaction that stores them.

Arguments: `statements` (list of Statement, in their order), `session` (Session of the launched content that sent them,
or None when a tool or the site itself did). A receiver that fails undoes the storing, and the content sends again.
"""
