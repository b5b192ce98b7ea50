"""Somebody with an account."""

import uuid

import pytest

from tests.support.doors import Visitor
from tests.support.shop import Shop


@pytest.fixture
def email() -> str:
    return f"ada-{uuid.uuid4().hex[:12]}@example.com"


@pytest.fixture
def owner(shop: Shop, email: str) -> Visitor:
    """The browser in which the account was made."""
    visitor = shop.visitor()
    shop.register(visitor, email)
    return visitor
