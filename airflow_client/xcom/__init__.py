"""Client for Apache Airflow's XComs: ``Configuration`` → ``ApiClient`` → ``XComApi`` → ``XCom``.

Import every public name from here. Names are loaded on first use (PEP 562), which keeps this import fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from airflow_client.xcom.async_api_client import AsyncApiClient as AsyncApiClient
    from airflow_client.xcom.api.async_x_com_api import AsyncXComApi as AsyncXComApi
    from airflow_client.xcom.api.x_com_api import XComApi as XComApi
    from airflow_client.xcom.api.async_dag_run_api import AsyncDAGRunApi as AsyncDAGRunApi
    from airflow_client.xcom.api.dag_run_api import DAGRunApi as DAGRunApi
    from airflow_client.xcom.core.xcoms import AsyncXComs as AsyncXComs
    from airflow_client.xcom.api_client import ApiClient as ApiClient
    from airflow_client.xcom.core.messages import ApiResponse as ApiResponse
    from airflow_client.xcom.core.bulk_writes import BulkWriteResult as BulkWriteResult
    from airflow_client.xcom.core.xcoms import Counts as Counts
    from airflow_client.xcom.core.xcoms import XComHistory as XComHistory
    from airflow_client.xcom.core.xcoms import XComs as XComs
    from airflow_client.xcom.configuration import Configuration as Configuration
    from airflow_client.xcom.exceptions import ApiAttributeError as ApiAttributeError
    from airflow_client.xcom.exceptions import ApiException as ApiException
    from airflow_client.xcom.exceptions import ApiKeyError as ApiKeyError
    from airflow_client.xcom.exceptions import ApiTypeError as ApiTypeError
    from airflow_client.xcom.exceptions import ApiUnsupportedError as ApiUnsupportedError
    from airflow_client.xcom.exceptions import ApiValueError as ApiValueError
    from airflow_client.xcom.exceptions import BadRequestException as BadRequestException
    from airflow_client.xcom.exceptions import ConflictException as ConflictException
    from airflow_client.xcom.exceptions import ConnectionException as ConnectionException
    from airflow_client.xcom.exceptions import DagRunFailed as DagRunFailed
    from airflow_client.xcom.exceptions import DagRunWarning as DagRunWarning
    from airflow_client.xcom.model.dag_run import FailedTask as FailedTask
    from airflow_client.xcom.exceptions import ForbiddenException as ForbiddenException
    from airflow_client.xcom.exceptions import HookException as HookException
    from airflow_client.xcom.exceptions import LoginWarning as LoginWarning
    from airflow_client.xcom.exceptions import NotFoundException as NotFoundException
    from airflow_client.xcom.exceptions import OpenApiException as OpenApiException
    from airflow_client.xcom.exceptions import PagingWarning as PagingWarning
    from airflow_client.xcom.exceptions import ProtocolException as ProtocolException
    from airflow_client.xcom.exceptions import ResponseTooLargeException as ResponseTooLargeException
    from airflow_client.xcom.exceptions import ServiceException as ServiceException
    from airflow_client.xcom.exceptions import StalledException as StalledException
    from airflow_client.xcom.exceptions import StoredValueException as StoredValueException
    from airflow_client.xcom.exceptions import TimeoutException as TimeoutException
    from airflow_client.xcom.exceptions import TlsException as TlsException
    from airflow_client.xcom.exceptions import TransportException as TransportException
    from airflow_client.xcom.exceptions import UnauthorizedException as UnauthorizedException
    from airflow_client.xcom.exceptions import UnexpectedContentException as UnexpectedContentException
    from airflow_client.xcom.exceptions import UnprocessableEntityException as UnprocessableEntityException
    from airflow_client.xcom.exceptions import ValueChangedWarning as ValueChangedWarning
    from airflow_client.xcom.exceptions import XComNotProducedException as XComNotProducedException
    from airflow_client.xcom.model.dag_run import DAGRun as DAGRun
    from airflow_client.xcom.model.dag_run_collection import DAGRunCollection as DAGRunCollection
    from airflow_client.xcom.model.error import Error as Error
    from airflow_client.xcom.model import Model as Model
    from airflow_client.xcom.model.x_com import XCom as XCom
    from airflow_client.xcom.model.x_com_collection import XComCollection as XComCollection
    from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem as XComCollectionItem
    from airflow_client.xcom.hooks import Attempt as Attempt
    from airflow_client.xcom.preloading import preload as preload

__version__ = "1.0.0rc1"

#: Names by the modules that define them.
_NAMES = {
    "api.async_dag_run_api": ("AsyncDAGRunApi",),
    "api.async_x_com_api": ("AsyncXComApi",),
    "api.dag_run_api": ("DAGRunApi",),
    "api.x_com_api": ("XComApi",),
    "api_client": ("ApiClient",),
    "async_api_client": ("AsyncApiClient",),
    "configuration": ("Configuration",),
    "core.bulk_writes": ("BulkWriteResult",),
    "core.messages": ("ApiResponse",),
    "core.xcoms": ("AsyncXComs", "Counts", "XComHistory", "XComs"),
    "exceptions": (
        *("ApiAttributeError", "ApiException", "ApiKeyError", "ApiTypeError", "ApiUnsupportedError", "ApiValueError"),
        *("BadRequestException", "ConflictException", "ConnectionException", "DagRunFailed", "DagRunWarning"),
        *("ForbiddenException", "HookException"),
        *("LoginWarning", "NotFoundException", "OpenApiException", "PagingWarning", "ProtocolException"),
        *("ResponseTooLargeException", "ServiceException", "StalledException", "StoredValueException"),
        *("TimeoutException", "TlsException", "TransportException", "UnauthorizedException"),
        *("UnexpectedContentException", "UnprocessableEntityException"),
        *("ValueChangedWarning", "XComNotProducedException"),
    ),
    "hooks": ("Attempt",),
    "model": ("Model",),
    "model.dag_run": ("DAGRun", "FailedTask"),
    "model.dag_run_collection": ("DAGRunCollection",),
    "model.error": ("Error",),
    "model.x_com": ("XCom",),
    "model.x_com_collection": ("XComCollection",),
    "model.x_com_collection_item": ("XComCollectionItem",),
    "preloading": ("preload",),
}
_MODULE_OF = {name: module for module, names in _NAMES.items() for name in names}
_SUBMODULES = ("api", "api_client", "configuration", "exceptions", "model")
__all__ = sorted([*_MODULE_OF, "__version__"])


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_SUBMODULES})
