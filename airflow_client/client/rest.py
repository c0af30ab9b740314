"""Location of the exceptions of a response in Airflow's own 2.x client; see :mod:`airflow_client.xcom.exceptions`."""

from airflow_client.xcom import (
    ApiException,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnauthorizedException,
)
from airflow_client.xcom._shared_name import refuse_mixture

__all__ = [
    "ApiException",
    "ForbiddenException",
    "NotFoundException",
    "ServiceException",
    "UnauthorizedException",
]

refuse_mixture()
