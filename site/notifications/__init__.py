"""Telling people what happened: in the site, by e-mail, on their device."""
