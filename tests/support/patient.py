"""A patient with a phone: logs in to a running demo's page and finds their way."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

DAY = Path(__file__).parents[1] / "data/hospital-day.jsonl"
CHECKED = "#check:is([data-state=passed], [data-state=failed], [data-state=impossible])"


@dataclass
class Patient:
    """Whose bills are looked at, with which browser."""

    browser: Browser
    demo: dict[str, Any]
    asked: list[str] = field(default_factory=list)
    """Every URL the browser asked for."""
    complaints: list[str] = field(default_factory=list)
    """What the browser's console complained about."""
    found: dict[str, str] = field(default_factory=dict)
    """Where the bill of an amount is."""
    state: Any = None
    """Cookies after the login."""

    @property
    def url(self) -> str:
        return str(self.demo["portal_url"]).rstrip("/")

    @property
    def login(self) -> dict[str, str]:
        login: dict[str, str] = self.demo["login"]
        return login

    def bills(self) -> list[dict[str, Any]]:
        """Return this patient's lines of the hospital's day."""
        day = [json.loads(line) for line in DAY.read_text("utf-8").splitlines()]
        return [bill for bill in day if bill["idCardNo"] == self.login["resident_id"]]

    def context(self, width: int = 390, **options: Any) -> BrowserContext:
        """Open a phone's (or a desk's) browser, logged in if the patient is."""
        viewport = {"width": width, "height": 844}
        context = self.browser.new_context(viewport=viewport, storage_state=self.state, **options)
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("console", lambda message: self.complaints.append(message.text))
        return context

    def first_login(self, page: Page) -> None:
        """Log in with id and check code, by keyboard alone."""
        page.goto(f"{self.url}/login/first")
        page.focus("#resident_id")
        page.keyboard.type(self.login["resident_id"])
        page.keyboard.press("Tab")
        page.keyboard.type(self.login["check_code"])
        self._enter_code(page)

    def later_login(self, page: Page) -> None:
        """Log in with the bound phone."""
        page.goto(f"{self.url}/login")
        page.fill("#phone", self.login["phone"])
        page.focus("#phone")
        self._enter_code(page)

    def open_bill(self, page: Page, amount: str) -> None:
        """Open the bill of an amount, the first time by way of the list."""
        if amount in self.found:
            page.goto(self.found[amount])
            page.wait_for_selector(CHECKED)
            return
        page.goto(f"{self.url}/bills")
        card = page.locator(
            ".bill-card:not(.order-card)", has_text=re.compile(rf"¥{re.escape(amount)}\s")
        )
        while card.count() == 0:
            page.click("nav.pages a[rel=next]")
        card.first.click()
        page.wait_for_selector(CHECKED)
        self.found[amount] = page.url

    def _enter_code(self, page: Page) -> None:
        before = self._codes()
        page.keyboard.press("Enter")
        page.wait_for_url("**/code")
        while len(self._codes()) == len(before):
            page.wait_for_timeout(50)
        page.wait_for_function("document.activeElement.id === 'code'")
        page.keyboard.type(self._codes()[-1])
        page.keyboard.press("Enter")
        page.wait_for_url("**/bills")

    def _codes(self) -> list[str]:
        file = Path(self.login["code_file"])
        text = file.read_text("utf-8") if file.exists() else ""
        return re.findall(r"验证码 (\d{6})，", text)
