"""A patient's browser, with nothing but the standard library: logs in, opens pages, pays.

Rule: it does what a person with a phone does, and knows nothing else: the one-time code is read
where the console adapter of the portal writes it.
"""

import html
import http.cookiejar
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Final

TIMEOUT_S: Final = 30.0
CODE_WAIT_S: Final = 20.0
"""How long a one-time code may take to come."""
_CSRF: Final = re.compile(r'name="csrf" value="([0-9a-f]+)"')
_PAY: Final = re.compile(r'id="pay-link" href="([^"]+)"')
_CODE: Final = re.compile(r"验证码 (\d{6})")


class PageFailed(Exception):
    """A page was not what a patient expects; the text says which and why."""


class Patient:
    """A browser without a screen, at the hospital's page.

    Args:
        url: the portal's.
        code_file: where one-time codes arrive.
    """

    def __init__(self, url: str, code_file: Path) -> None:
        self.cookies = http.cookiejar.CookieJar()
        """What the page keeps in the browser."""
        jar = urllib.request.HTTPCookieProcessor(self.cookies)
        self._opener = urllib.request.build_opener(jar)
        self._url = url
        self._code_file = code_file

    def get(self, path: str) -> str:
        """Return a page.

        Raises:
            PageFailed: when there is none.
        """
        return self._open(urllib.request.Request(self._at(path)))

    def post(self, path: str, page: str, **values: str) -> str:
        """Send a form that stands on `page`; return the page it leads to.

        Raises:
            PageFailed: when it leads nowhere.
        """
        found = _CSRF.search(page)
        if found is None:
            raise PageFailed(f"no form for {path}")
        form = urllib.parse.urlencode({**values, "csrf": found[1]}).encode()
        headers = {"Origin": self._url.rstrip("/")}
        return self._open(urllib.request.Request(self._at(path), form, headers))

    def log_in(self, resident_id: str, check_code: str) -> str:
        """Log in for the first time, with a bill's check code; return the page of bills."""
        before = len(self._codes())
        page = self.get("/login/first")
        keys = {"resident_id": resident_id, "check_code": check_code}
        page = self.post("/login/first", page, **keys)
        deadline = time.monotonic() + CODE_WAIT_S
        while len(self._codes()) == before:
            if time.monotonic() > deadline:
                raise PageFailed("no one-time code came")
            time.sleep(0.05)
        return self.post("/code", page, code=self._codes()[-1])

    def pay(self, order: str) -> str:
        """Press the button of an order, follow the payment company's link, confirm there.

        Returns:
            The page of the payment company.
        """
        path = f"/orders/{order}"
        found = _PAY.search(self.post(f"{path}/pay", self.get(path)))
        if found is None:
            raise PageFailed(f"{path} offers no way to pay")
        return self.confirm(html.unescape(found[1]))

    def confirm(self, address: str) -> str:
        """Press the payment company's button on the page of a QR code."""
        self.get(address)
        return self._open(urllib.request.Request(address, b""))

    def _at(self, path: str) -> str:
        return urllib.parse.urljoin(self._url, path)

    def _open(self, request: urllib.request.Request) -> str:
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                text: str = answer.read().decode()
                return text
        except urllib.error.HTTPError as error:
            path = urllib.parse.urlsplit(request.full_url).path
            raise PageFailed(f"{request.method} {path}: {error.code}") from error
        except OSError as error:
            raise PageFailed(f"{request.full_url}: {error}") from error

    def _codes(self) -> list[str]:
        if not self._code_file.exists():
            return []
        return _CODE.findall(self._code_file.read_text("utf-8"))
