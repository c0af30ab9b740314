"""An import place of the documented surface; the exceptions are in :mod:`airflow_client.xcom.exceptions`."""

from airflow_client.xcom.exceptions import (
    ApiException,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnauthorizedException,
)

__all__ = [
    "ApiException",
    "ForbiddenException",
    "NotFoundException",
    "ServiceException",
    "UnauthorizedException",
]
