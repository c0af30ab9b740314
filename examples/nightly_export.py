"""Export the XComs that a DAG has written since yesterday, to JSON Lines or Parquet.

The file appears when it is complete. Parquet needs the extra ``arrow``; its column ``value`` holds JSON text.

    AIRFLOW_XCOM_HOST=https://airflow.example.com AIRFLOW_XCOM_TOKEN=… \\
        python examples/nightly_export.py etl /data/xcoms.jsonl
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from airflow_client.xcom import ApiClient, Configuration, XCom, XComApi, XComCollectionItem, XComs


def write_jsonl(xcoms: XComs[XCom], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for xcom in xcoms:  # as they arrive: memory stays small
            file.write(json.dumps({**xcom.to_dict(), "run_id": xcom.run_id}) + "\n")


def write_parquet(xcoms: XComs[XCom], path: Path) -> None:
    import pyarrow.parquet  # only this format needs it

    pyarrow.parquet.write_table(xcoms.to_arrow(), path)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Export a DAG's new XComs.")
    parser.add_argument("dag_id")
    parser.add_argument("file", type=Path, help="ends with .jsonl or .parquet")
    parser.add_argument("--hours", type=float, default=24)
    options = parser.parse_args(arguments)
    writers = {".jsonl": write_jsonl, ".parquet": write_parquet}
    if options.file.suffix not in writers:
        parser.error("the file must end with .jsonl or .parquet")

    since = dt.datetime.now(dt.timezone.utc) - dt.timedelta(hours=options.hours)

    def is_new(row: XComCollectionItem) -> bool:
        return row.timestamp >= since

    unfinished = options.file.with_name(f"{options.file.name}.part")
    with ApiClient(Configuration.from_env()) as client:
        xcoms = XComApi(client).iter_xcoms(options.dag_id, where=is_new)  # reads the values of new XComs only
        writers[options.file.suffix](xcoms, unfinished)
    unfinished.replace(options.file)
    print(f"{options.file}: {xcoms.counts}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
