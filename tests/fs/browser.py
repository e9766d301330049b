# SPDX-License-Identifier: GPL-2.0-or-later
"""
A headless Chromium and one page in it, driven over its debugging pipe.

Commands go in through file descriptor 3, answers and events come out of 4, each
a JSON object that ends in a NUL.  Nothing but Python's own library is needed.

    with Browser(directory) as page:
        page.open("file:///...")
        page.wait("document.title")
        page.screenshot("x.png")
"""
import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 30  # seconds for what takes less than one

KEYS = {
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
    "Enter": 13, "Escape": 27, "Home": 36, "End": 35, "Tab": 9,
}


def find():
    """The browser's program, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    def __init__(self, directory, width=1400, height=900):
        self.log = open(os.path.join(directory, "chromium.log"), "wb")
        self.errors = []  # what scripts of the page threw
        self.buffer = b""
        self.count = 0
        self.session = None
        there, self.to = os.pipe()
        self.of, back = os.pipe()
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (there, back)]
        os.close(there)
        os.close(back)

        def at_3_and_4():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        arguments = [
            find(), "--headless=new", "--remote-debugging-pipe", "--no-first-run",
            "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
            "--disable-background-networking", "--disable-component-update",
            # Its own sandbox cannot be had as root, nor in most containers.
            "--no-sandbox",
            "--hide-scrollbars", "--mute-audio", f"--window-size={width},{height}",
            "--user-data-dir=" + os.path.join(directory, "chromium"),
        ]
        self.process = subprocess.Popen(
            arguments + ["about:blank"], preexec_fn=at_3_and_4, pass_fds=(3, 4),
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            start_new_session=True)
        for fd in ends:
            os.close(fd)

    def __enter__(self):
        try:
            pages = self.call("Target.getTargets")["targetInfos"]
            target = next(t for t in pages if t["type"] == "page")["targetId"]
            self.session = self.call("Target.attachToTarget", targetId=target,
                                     flatten=True)["sessionId"]
            for domain in ("Page", "Runtime"):
                self.call(domain + ".enable")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        # All of its processes are one group, which is ours alone.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.to)
        os.close(self.of)
        self.log.close()

    # --- messages ------------------------------------------------------------

    def receive(self, until):
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.of], [], [], left)[0]:
                raise TimeoutError("the browser does not answer")
            got = os.read(self.of, 1 << 16)
            if not got:
                raise EOFError("the browser has gone, see chromium.log")
            self.buffer += got
        message, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(message)
        if message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(message["params"]["exceptionDetails"])
        return message

    def call(self, method, **params):
        self.count += 1
        message = {"id": self.count, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        until = time.monotonic() + PATIENCE
        while True:
            answer = self.receive(until)
            if answer.get("id") != self.count:
                continue
            if "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            return answer["result"]

    # --- the page --------------------------------------------------------------

    def open(self, url):
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, expression):
        """What an expression of JavaScript is; what a promise comes to."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, expression, patience=PATIENCE):
        """Waits until it is true, and gives what it is then."""
        until = time.monotonic() + patience
        while True:
            value = self.value(expression)
            if value:
                return value
            if time.monotonic() > until:
                raise TimeoutError(f"still not so: {expression}")
            time.sleep(0.05)

    def key(self, name):
        params = {"key": name}
        if name in KEYS:
            params["windowsVirtualKeyCode"] = KEYS[name]
            params["code"] = name
        if name == "Enter":
            params["text"] = "\r"
        elif len(name) == 1:
            params["text"] = name
        self.call("Input.dispatchKeyEvent", type="keyDown", **params)
        self.call("Input.dispatchKeyEvent", type="keyUp", **{**params, "text": ""})

    def point(self, selector):
        """The middle of an element, in pixels of the window."""
        return self.value(
            f"(() => {{ const r = document.querySelector({json.dumps(selector)})"
            ".getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()")

    def hover(self, selector):
        x, y = self.point(selector)
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, selector):
        x, y = self.point(selector)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, clickCount=1,
                      button="none" if kind == "mouseMoved" else "left")

    def emulate(self, width, height, scheme="light"):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
