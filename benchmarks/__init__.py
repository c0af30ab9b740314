"""The library beside others, measured: ``python -m benchmarks [NAME …]`` in a checkout, on Linux.

::

    __main__.py      the command; --help tells its options
    measurements/    what is measured, a module each: measure(bench) returns tables and facts
    contenders/      the code that is measured: run in the contender's environment, as short as its users write it
    environments.py  which contender needs what; makes the environments, in .environments/
    runner.py        lets contenders take turns, each in a process of its own (worker.py), and checks what they return
    server.py        the loopback server, a process of its own; answers.py what it says, faults.py how it is spoilt
    real_airflow.py  real Airflow servers (of tests/support/airflow), with SQLite or a PostgreSQL of postgresql.py;
                     fill_airflow.py fills them with many XComs
    results.py       what was measured; kept in results/ by --write
    report.py, plot.py, document.py    results as tables, as SVG, as docs/benchmarks.md

To measure something new, write a module in measurements/, name it in measurements/__init__.py, and give the contenders
that take part a function of the same name in their modules: it is given the arguments of the ``Variant`` and returns
the function that is timed. A contender whose library lacks what it needs (AttributeError, ImportError) is left out,
and the table says so.
"""
