"""What Airflow says when it refuses a call."""

from __future__ import annotations

from typing import Optional

from airflow_client.client.model.view import Field, Model


class Error(Model):
    """The body of an error of Airflow 2: ``application/problem+json`` (RFC 7807).

    >>> Error(status=404, title="XCom entry not found", detail=None).text
    'XCom entry not found'
    """

    __slots__ = ()

    status = Field[Optional[int]]("The HTTP status.")
    title = Field[Optional[str]]("A summary, or all that the server says.")
    type = Field[Optional[str]]("A URI that names the kind of error.")
    detail = Field[Optional[str]]("What is wrong in particular; often null.")
    instance = Field[Optional[str]]("A URI of this occurrence; Airflow does not send it.")

    @property
    def text(self) -> str | None:
        """What the server says, whichever of ``title`` and ``detail`` holds it; both when they differ."""
        said = [str(part) for part in (self.title, self.detail) if part]
        return ": ".join(dict.fromkeys(said)) or None
