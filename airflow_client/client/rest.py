"""Re-export the exceptions of a response where Airflow's own 2.x client has them."""

from airflow_client.xcom import (
    ApiException,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnauthorizedException,
)
from airflow_client.xcom._shared_name import check_distribution

__all__ = [
    "ApiException",
    "ForbiddenException",
    "NotFoundException",
    "ServiceException",
    "UnauthorizedException",
]

check_distribution()
