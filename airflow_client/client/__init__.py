"""Re-export :mod:`airflow_client.xcom` under the package name of Airflow's own 2.x client.

apache-airflow-client installs a package of this name too, so import :mod:`airflow_client.xcom` in new code.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import airflow_client.xcom as _xcom
from airflow_client.xcom._shared_name import MARKER, check_distribution

if TYPE_CHECKING:
    from typing import Any

    from airflow_client.client import aio as aio
    from airflow_client.client import api as api
    from airflow_client.client import api_client as api_client
    from airflow_client.client import api_response as api_response
    from airflow_client.client import apis as apis
    from airflow_client.client import configuration as configuration
    from airflow_client.client import exceptions as exceptions
    from airflow_client.client import model as model
    from airflow_client.client import models as models
    from airflow_client.client import observation as observation
    from airflow_client.client import rest as rest
    from airflow_client.client import values as values

    # A star import would give mypy nothing: `__all__` is computed there.
    from airflow_client.xcom import ApiAttributeError as ApiAttributeError
    from airflow_client.xcom import ApiClient as ApiClient
    from airflow_client.xcom import ApiException as ApiException
    from airflow_client.xcom import ApiKeyError as ApiKeyError
    from airflow_client.xcom import ApiResponse as ApiResponse
    from airflow_client.xcom import ApiTypeError as ApiTypeError
    from airflow_client.xcom import ApiUnsupportedError as ApiUnsupportedError
    from airflow_client.xcom import ApiValueError as ApiValueError
    from airflow_client.xcom import AsyncApiClient as AsyncApiClient
    from airflow_client.xcom import AsyncDAGRunApi as AsyncDAGRunApi
    from airflow_client.xcom import AsyncXComApi as AsyncXComApi
    from airflow_client.xcom import AsyncXComs as AsyncXComs
    from airflow_client.xcom import Attempt as Attempt
    from airflow_client.xcom import BadRequestException as BadRequestException
    from airflow_client.xcom import BulkWriteResult as BulkWriteResult
    from airflow_client.xcom import Configuration as Configuration
    from airflow_client.xcom import ConflictException as ConflictException
    from airflow_client.xcom import ConnectionException as ConnectionException
    from airflow_client.xcom import Counts as Counts
    from airflow_client.xcom import DAGRun as DAGRun
    from airflow_client.xcom import DAGRunApi as DAGRunApi
    from airflow_client.xcom import DAGRunCollection as DAGRunCollection
    from airflow_client.xcom import DagRunFailed as DagRunFailed
    from airflow_client.xcom import DagRunWarning as DagRunWarning
    from airflow_client.xcom import Error as Error
    from airflow_client.xcom import FailedTask as FailedTask
    from airflow_client.xcom import ForbiddenException as ForbiddenException
    from airflow_client.xcom import HookException as HookException
    from airflow_client.xcom import Model as Model
    from airflow_client.xcom import NotFoundException as NotFoundException
    from airflow_client.xcom import OpenApiException as OpenApiException
    from airflow_client.xcom import LoginWarning as LoginWarning
    from airflow_client.xcom import PagingWarning as PagingWarning
    from airflow_client.xcom import ProtocolException as ProtocolException
    from airflow_client.xcom import ResponseTooLargeException as ResponseTooLargeException
    from airflow_client.xcom import ServiceException as ServiceException
    from airflow_client.xcom import StalledException as StalledException
    from airflow_client.xcom import StoredValueException as StoredValueException
    from airflow_client.xcom import TimeoutException as TimeoutException
    from airflow_client.xcom import TlsException as TlsException
    from airflow_client.xcom import TransportException as TransportException
    from airflow_client.xcom import UnauthorizedException as UnauthorizedException
    from airflow_client.xcom import UnexpectedContentException as UnexpectedContentException
    from airflow_client.xcom import UnprocessableEntityException as UnprocessableEntityException
    from airflow_client.xcom import ValueChangedWarning as ValueChangedWarning
    from airflow_client.xcom import XComNotProducedException as XComNotProducedException
    from airflow_client.xcom import XCom as XCom
    from airflow_client.xcom import XComApi as XComApi
    from airflow_client.xcom import XComCollection as XComCollection
    from airflow_client.xcom import XComCollectionItem as XComCollectionItem
    from airflow_client.xcom import XComHistory as XComHistory
    from airflow_client.xcom import XComs as XComs
    from airflow_client.xcom import __version__ as __version__
    from airflow_client.xcom import preload as preload

_DISTRIBUTION = MARKER
check_distribution()

_SUBMODULES = (
    "aio",
    "api",
    "api_client",
    "api_response",
    "apis",
    "configuration",
    "exceptions",
    "model",
    "models",
    "observation",
    "rest",
    "values",
)
__all__ = sorted(_xcom.__all__)


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(_xcom, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_SUBMODULES})
