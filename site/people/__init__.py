"""Who: accounts that sign in by e-mail, profiles, territories, structures (SIAE), federations and roles."""
