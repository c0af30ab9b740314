"""Policy without I/O: what a call sends, when it is sent again, and what an answer means."""
