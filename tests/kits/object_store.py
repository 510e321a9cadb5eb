"""A store that speaks S3 (moto's server, a process of its own) and checks signatures."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from types import TracebackType
from typing import Any

import boto3
import httpx

from kits.topology import free_port

_ACTIONS_WITHOUT_KEY = 4
_POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'


class ObjectStore:
    """`with ObjectStore("bucket") as store`: `store.url`, `store.key_id`, `store.secret`."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self.url = f"http://127.0.0.1:{free_port()}"
        self.key_id = self.secret = ""

    def __enter__(self) -> ObjectStore:
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "moto.server",
                "-H",
                "127.0.0.1",
                "-p",
                self.url.rpartition(":")[2],
            ],
            env=os.environ | {"INITIAL_NO_AUTH_ACTION_COUNT": str(_ACTIONS_WITHOUT_KEY)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._await()
        iam = self._client("iam", "x", "x")
        iam.create_user(UserName="ledger")
        key = iam.create_access_key(UserName="ledger")["AccessKey"]
        self.key_id, self.secret = key["AccessKeyId"], key["SecretAccessKey"]
        iam.put_user_policy(UserName="ledger", PolicyName="all", PolicyDocument=_POLICY)
        self._client("s3", "x", "x").create_bucket(Bucket=self.bucket)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(30)

    def objects(self) -> dict[str, bytes]:
        """What lies in the bucket, by name."""
        s3 = self._client("s3", self.key_id, self.secret)
        listed = s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {
            one["Key"]: s3.get_object(Bucket=self.bucket, Key=one["Key"])["Body"].read()
            for one in listed
        }

    def _client(self, name: str, key_id: str, secret: str) -> Any:
        return boto3.client(
            name,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
        )

    def _await(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                httpx.get(f"{self.url}/moto-api/", timeout=2)
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            return
        raise AssertionError("the object store does not answer")
