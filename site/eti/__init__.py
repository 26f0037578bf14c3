"""The project itself: settings, URLs, the WSGI entry point and the `eti` command.

Sits above every other package; nothing imports it.
"""
