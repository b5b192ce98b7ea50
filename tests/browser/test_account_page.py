"""One's account, from the header to its end."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.steps import Devices
from tests.support.shop import PASSWORD

NEW = "tea at four o'clock"


def confirm(page: Page, button: str, **fields: str) -> None:
    for name, value in {"password": PASSWORD, **fields}.items():
        page.locator(f"main [name={name}]").fill(value)
    page.get_by_role("main").get_by_role("button", name=button).click()


def test_see_sign_out_there_change_take_along_and_leave(page: Page, new_context: Devices) -> None:
    steps.sign_up(page)
    page.get_by_role("link", name="Account", exact=True).click()
    email = page.locator(".account-email").inner_text()
    expect(page.get_by_test_id("device")).to_have_count(1)

    there = new_context().new_page()
    there.goto("/sign-in?next=/wallet")
    there.locator("[name=email]").fill(email)
    confirm(there, "Sign in")
    steps.online(there)
    page.reload()
    expect(page.get_by_test_id("device")).to_have_count(2)
    expect(page.get_by_test_id("device").first).to_contain_text("This browser")
    expect(page.get_by_test_id("device").last).to_contain_text("Chrome on Linux")
    page.get_by_role("button", name="Sign out there").click()
    expect(page.get_by_test_id("account-done")).to_have_text("That browser is signed out.")
    expect(page.get_by_test_id("device")).to_have_count(1)
    there.goto("/account")
    expect(there.get_by_role("heading", level=1)).to_have_text("Sign in")

    page.get_by_role("link", name="Change email").click()
    confirm(page, "Change email", email=f"new-{email}")
    expect(page.locator(".account-email")).to_have_text(f"new-{email}")
    page.get_by_role("link", name="Change password").click()
    confirm(page, "Change password", new_password=NEW)
    expect(page.get_by_test_id("account-done")).to_contain_text("Your password is changed")

    with page.expect_download() as download:
        page.get_by_test_id("export").click()
    known = json.loads(Path(download.value.path()).read_text())
    assert known["account"]["email"] == f"new-{email}"

    page.get_by_role("link", name="Delete account").click()
    confirm(page, "Delete for good", password=NEW)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account is deleted")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
