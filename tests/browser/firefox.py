"""Headless Firefox by its Marionette protocol."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.browser.browser import DEADLINE_S, Browser, program

NAMES = ("firefox-esr", "firefox")
_SETTINGS = {
    "marionette.port": 0,  # a free one, written into the profile
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.startup.homepage_override.mstone": "ignore",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
_ERRORS = """
return Services.console.getMessageArray().filter((one) => one instanceof Ci.nsIScriptError
  && one.sourceName.startsWith("file:")).map(String);
"""
"""Warnings, too: a script that a policy refuses is one."""


class Firefox(Browser):
    """See `Browser`.

    Args:
        folder: for its profile.
    """

    def __init__(self, folder: Path) -> None:
        executable = program(*NAMES)
        assert executable is not None
        folder.mkdir(parents=True)
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _SETTINGS.items()]
        (folder / "user.js").write_text("\n".join(lines))
        self._process = subprocess.Popen(
            [executable, "--headless", "--marionette", "--remote-allow-system-access", "--profile", str(folder)],
            env={**os.environ, "HOME": str(folder), "MOZ_REMOTE_ALLOW_SYSTEM_ACCESS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._count = 0
        self._socket = self._connected(folder / "MarionetteActivePort")
        self._file = self._socket.makefile("rb")
        self._receive()  # its greeting
        self.call("WebDriver:NewSession", strictFileInteractability=True)
        self.call("WebDriver:SetTimeouts", script=int(1000 * DEADLINE_S), pageLoad=int(1000 * DEADLINE_S))

    def open_address(self, address: str) -> None:
        self._in_browser("Services.console.reset();")
        self.call("WebDriver:Navigate", url=address)

    def ask(self, script: str) -> Any:
        body = f"const done = arguments[0]; (async () => {{ {script} }})().then(done, (e) => done('failed: ' + e));"
        found = self.call("WebDriver:ExecuteAsyncScript", script=body, args=[])["value"]
        assert not (isinstance(found, str) and found.startswith("failed: ")), found
        return found

    def resize(self, width_px: int, height_px: int) -> None:
        self.call("WebDriver:SetWindowRect", width=width_px, height=height_px)

    def errors(self) -> list[str]:
        found: list[str] = self._in_browser(_ERRORS)
        return found

    def _in_browser(self, script: str) -> Any:
        self.call("Marionette:SetContext", value="chrome")
        found = self.call("WebDriver:ExecuteScript", script=script, args=[]).get("value")
        self.call("Marionette:SetContext", value="content")
        return found

    def call(self, command: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol."""
        self._count += 1
        message = json.dumps([0, self._count, command, params]).encode()
        self._socket.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, result = self._receive()
        assert error is None, f"{command}: {error}"
        return result or {}

    def close(self) -> None:
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def _connected(self, port_file: Path) -> socket.socket:
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            assert self._process.poll() is None, "expected Firefox to run but it ended"
            text = port_file.read_text() if port_file.is_file() else ""
            if text.strip():
                return socket.create_connection(("127.0.0.1", int(text)), DEADLINE_S)
            time.sleep(0.05)
        raise AssertionError("expected Firefox to listen but it does not")

    def _receive(self) -> Any:
        size = b""
        while not size.endswith(b":"):
            one = self._file.read(1)
            assert one, "expected an answer of Firefox but it is gone"
            size += one
        return json.loads(self._file.read(int(size[:-1])))
