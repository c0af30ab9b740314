"""The measurements, one module each. The docstring goes into the page; ``measure(bench)`` returns a ``Result``."""

#: The names of the command line, and the modules; those in ``ON_REQUEST`` start real Airflow servers.
NAMES = {
    "import": "imports",
    "client": "client",
    "process": "process",
    "get": "get",
    "rows": "rows",
    "values": "values",
    "bulk": "bulk",
    "cpu": "cpu",
    "memory": "memory",
    "soak": "soak",
    "airflow": "airflow",
    "growth": "growth",
}
ON_REQUEST = ("airflow", "growth")
