"""The command line of an edition: ``python -m tools <command>``."""
