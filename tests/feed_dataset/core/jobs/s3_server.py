"""A real S3 server on this machine, for tests: moto's, in this process, with a bucket of its own."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest

BUCKET = "s3://feed-tests"


@contextmanager
def s3_server() -> Iterator[str]:
    """The URL of an empty bucket; skipped where moto or s3fs is not installed.

    Its address and keys stand in the environment, where processes that are started meanwhile find them.
    """
    server_of = pytest.importorskip("moto.server", reason="the S3 server moto[server] is not installed")
    s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed")
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    given = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    try:
        with mock.patch.dict(os.environ, given):
            # moto keeps its buckets in the process, not in the server: an earlier server's would still be there.
            reset = urllib.request.Request(f"{given['AWS_ENDPOINT_URL']}/moto-api/reset", method="POST")
            urllib.request.urlopen(reset, timeout=10).close()
            s3fs.S3FileSystem.clear_instance_cache()
            s3fs.S3FileSystem().mkdir(BUCKET)
            yield BUCKET
    finally:
        s3fs.S3FileSystem.clear_instance_cache()
        server.stop()
