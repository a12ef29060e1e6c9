"""Files of the hub come through its own client, with what its users set, and are verified as all others."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.feed_dataset.core.weights.conftest import FileServer

CONTENT = bytes(range(256)) * 400
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PATH = "someone/model/resolve/main/net.bin"

# In a process of its own, because the client reads its environment when it is imported.
CODE = """
import sys
from feed_dataset.core.weights import registry, store
from feed_dataset.core.weights.sources import HubFile
from feed_dataset.core.weights.weight import Weight
registry.REGISTRY["net"] = Weight("net", "net.bin", "p", "l", (HubFile("someone/model", "net.bin"),), sys.argv[1], None)
print(store.resolve("net"))
"""


def resolve(server: FileServer, cache: Path, sha256: str = SHA256, **environment: str) -> tuple[bytes | None, str]:
    """Content of the file that a new process resolves (None where it fails), and its last words."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN", "FEED_WEIGHTS")
    clean = {name: value for name, value in os.environ.items() if name not in names}
    settings = {"HF_ENDPOINT": server.address, "HF_HOME": str(cache / "hf"), "FEED_CACHE": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", CODE, sha256],
        env={**clean, **settings, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    words = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()[-1]
    return (Path(words).read_bytes() if done.returncode == 0 else None), words


def asked(server: FileServer) -> list[str | None]:
    """Range headers of the requests for the file; some clients ask for other things, too."""
    return [wanted for path, wanted in server.requests if path == PATH]


@pytest.fixture
def hub(file_server: FileServer) -> FileServer:
    file_server.files[PATH], file_server.etags[PATH] = CONTENT, f'"{SHA256}"'
    return file_server


def test_endpoint_and_token_are_the_users(hub: FileServer, tmp_path: Path) -> None:
    content, words = resolve(hub, tmp_path, HF_TOKEN="hf_secret")
    assert content == CONTENT, words
    assert asked(hub) == [None] and hub.tokens[-1] == "Bearer hf_secret"
    assert sorted(path.name for path in Path(words).parent.iterdir() if path.name != ".lock") == ["net.bin"]


def test_a_cut_download_is_resumed(hub: FileServer, tmp_path: Path) -> None:
    large = CONTENT * (12 * 2**20 // len(CONTENT))  # the client writes 10 MiB at a time
    hub.files[PATH], hub.cut_after_bytes = large, [11 * 2**20]
    sha256 = hashlib.sha256(large).hexdigest()
    content, words = resolve(hub, tmp_path, sha256)
    if content is None:  # clients of 0.x leave the second try to their caller
        content, words = resolve(hub, tmp_path, sha256)
    assert content == large, words
    assert asked(hub) == [None, f"bytes={10 * 2**20}-"]


def test_another_file_is_refused(hub: FileServer, tmp_path: Path) -> None:
    content, words = resolve(hub, tmp_path, "0" * 64)
    assert content is None and f"expected sha256 {'0' * 64} but got {SHA256}" in words
    assert list(tmp_path.rglob("net.bin")) == []


def test_offline_asks_nobody(hub: FileServer, tmp_path: Path) -> None:
    content, words = resolve(hub, tmp_path, HF_HUB_OFFLINE="1")
    assert content is None and "HF_HUB_OFFLINE is set" in words and "get them with: feed weights download net" in words
    assert asked(hub) == []


def test_what_the_hub_lacks_is_one_line(hub: FileServer, tmp_path: Path) -> None:
    del hub.files[PATH]
    content, words = resolve(hub, tmp_path)
    assert content is None and "net.bin of hub repository someone/model" in words and "404" in words
