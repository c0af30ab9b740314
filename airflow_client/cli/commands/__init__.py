"""One module for each command; its function is ``command``."""
