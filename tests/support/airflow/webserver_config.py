"""Airflow 2's webserver for the suite: as it comes, but that logins are not limited to 5 in 40 seconds."""

from flask_appbuilder.const import AUTH_DB

AUTH_TYPE = AUTH_DB
AUTH_RATE_LIMITED = False
WTF_CSRF_ENABLED = True
