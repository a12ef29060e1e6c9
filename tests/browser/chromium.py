"""Headless Chromium by the DevTools protocol over a pipe."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.browser.browser import DEADLINE_S, Browser, program

NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync"
    " --disable-component-update --mute-audio --remote-debugging-pipe"
)
_READS, _WRITES = 3, 4  # numbers of the pipes' ends in Chromium


class Chromium(Browser):
    """See `Browser`.

    Args:
        folder: for its profile.
    """

    def __init__(self, folder: Path) -> None:
        executable = program(*NAMES)
        assert executable is not None
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (to_read, to_write)]

        def place_ends() -> None:
            os.dup2(ends[0], _READS)
            os.dup2(ends[1], _WRITES)

        command = [executable, *_FLAGS.split(), f"--user-data-dir={folder}", "about:blank"]
        self._process = subprocess.Popen(
            command,
            preexec_fn=place_ends,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (to_read, to_write, *ends):
            os.close(end)
        os.set_blocking(self._from, False)
        self._rest, self._count = b"", 0
        self._events: list[dict[str, Any]] = []
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def open_address(self, address: str) -> None:
        self.ask("return 0")  # what is still said of the page before is not said of this one
        self._events.clear()
        self.call("Page.navigate", url=address)
        end = time.monotonic() + DEADLINE_S
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._read(end)

    def ask(self, script: str) -> Any:
        told = self.call(
            "Runtime.evaluate",
            expression=f"(async () => {{ {script} }})()",
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in told:
            raise AssertionError(told["exceptionDetails"])
        return told["result"].get("value")

    def resize(self, width_px: int, height_px: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width_px, height=height_px, deviceScaleFactor=1, mobile=False
        )

    def errors(self) -> list[str]:
        self.ask("return 0")
        found = []
        for event in self._events:
            told = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(str(told["exceptionDetails"]))
            elif event["method"] == "Log.entryAdded" and told["entry"]["level"] == "error":
                found.append(told["entry"]["text"])
            elif event["method"] == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
                found.append(str(told["args"]))
        return found

    def requests(self) -> list[str]:
        """Addresses of everything that was asked for since the page was opened."""
        sent = (event["params"] for event in self._events if event["method"] == "Network.requestWillBeSent")
        return [told["request"]["url"] for told in sent]

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + DEADLINE_S
        while True:
            answer = self._read(end, self._count)
            if answer is not None:
                assert "error" not in answer, f"{method}: {answer.get('error')}"
                result: dict[str, Any] = answer["result"]
                return result

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def _read(self, end: float, wanted: int | None = None) -> dict[str, Any] | None:
        """The answer to a command, once it is there; events are kept."""
        while b"\0" not in self._rest:
            assert time.monotonic() < end, "expected an answer of Chromium but got none in time"
            assert self._process.poll() is None, "expected Chromium to run but it ended"
            try:
                self._rest += os.read(self._from, 1 << 20)
            except BlockingIOError:
                time.sleep(0.01)
        first, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        if "method" in message:
            self._events.append(message)
        return message if wanted is not None and message.get("id") == wanted else None
