"""Policy without I/O: requests, retries, and the meaning of responses."""
