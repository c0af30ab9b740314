"""Package metadata of airflow-xcom-client. Tool settings are in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_namespace_packages, setup

here = Path(__file__).parent
version = re.search(
    '__version__ = "(.+)"', (here / "airflow_client" / "xcom" / "__init__.py").read_text(encoding="utf-8")
)
assert version

setup(
    name="airflow-xcom-client",
    version=version[1],
    description="A typed Python client for Apache Airflow's XCom REST API, for Airflow 2 and 3",
    long_description=(here / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.9",
    packages=find_namespace_packages(include=["airflow_client.*"]),
    package_data={"": ["py.typed"]},
    install_requires=["urllib3>=1.26.12,<3", "python-dateutil>=2.8.2"],
    extras_require={
        "arrow": ["pyarrow>=14.0.1"],
        "async": ["aiohttp>=3.11"],
        "cli": ["click>=8.1.3", "rich>=12.6", "pyyaml>=6", "jmespath>=1.0.1"],
        "keyring": ["keyring>=24"],
        "pandas": ["pandas>=2", "pyarrow>=14.0.1"],
        "plot": ["matplotlib>=3.7"],
        "requests": ["requests>=2.28"],
        "speed": ["msgspec>=0.18"],
        "storage": ["fsspec>=2024.2"],
        "testing": ["pytest>=8", "trustme"],
        "test": [
            "pytest>=8",
            "pytest-xdist",
            "aiohttp>=3.11",
            "requests",
            "responses",
            "trustme",
            "tzdata",
            "hypothesis",
            "attrs",
            "pendulum>=3",
            "fsspec>=2024.2",
            "click>=8.1.3",
            "rich>=12.6",
            "keyring>=24",
            "platformdirs>=3",
            "pyyaml>=6",
            "jmespath>=1.0.1",
            "pyte",
        ],
    },
    entry_points={
        "console_scripts": ["airflow-xcom = airflow_client.cli.start:main"],
        "pytest11": ["airflow_xcom = airflow_client.testing.pytest_plugin"],
    },
    keywords=["airflow", "xcom", "rest", "client"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Typing :: Typed",
    ],
)
