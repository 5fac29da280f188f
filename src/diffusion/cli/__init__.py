"""The command line: one file per command; parse, check, call, print. No science here."""
