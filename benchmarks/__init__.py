"""Benchmarks of the library and other clients: ``python -m benchmarks [NAME …]`` in a checkout, on Linux.

::

    __main__.py      the command; --help lists its options
    measurements/    one module per measurement: measure(bench) returns tables and facts
    contenders/      the measured code, which runs in the contender's environment; as short as users write it
    environments.py  what each contender needs; creates the environments in .environments/
    runner.py        lets contenders take turns, each in its own process (worker.py), and checks their results
    server.py        loopback server in its own process; answers.py has its responses, faults.py corrupts them
    real_airflow.py  real Airflow servers (of tests/support/airflow), with SQLite or with PostgreSQL (postgresql.py);
                     fill_airflow.py fills them with many XComs
    results.py       results; --write stores them in results/
    report.py, plot.py, document.py    results as tables, as SVG, as docs/benchmarks.md

To add a measurement, write a module in measurements/ and name it in measurements/__init__.py. Give each contender a
function of the same name: it receives the arguments of the ``Variant`` and returns the function to time. If a
contender's library lacks something (AttributeError, ImportError), the contender is left out, and the table says so.
"""
