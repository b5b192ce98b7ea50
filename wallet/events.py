"""The wallet on the wire."""

from typing import Literal

from pydantic import Field

from accounts import people
from accounts.sessions import Identity
from sockets import on
from wallet import cards, labels, records
from wire import CaptchaToken, PaymentMethodClaim, Request, TokenClaim
from wire_types import CardReply, CardsReply


class UserCards(Request):
    user_id: str = Field(alias="userId")
    cog_id: str | None = Field(None, alias="cogId")


class NewCard(Request):
    payment_method: PaymentMethodClaim = Field(alias="paymentMethod")
    token: TokenClaim
    cog_id: str = Field(alias="cogId")
    user_id: str = Field(alias="userId")
    email: str = Field(max_length=254)
    captcha_token: CaptchaToken = Field(None, alias="captchaToken")
    token_type: Literal["permanent", "single"] = Field("permanent", alias="tokenType")


class CardRef(Request):
    card_id: str


class Renaming(CardRef):
    nickname: labels.Nickname


@on("get-user-cards", along=records.LISTED)
def get_user_cards(identity: Identity, request: UserCards) -> CardsReply:
    return {"cards": [records.to_wire(card) for card in identity.along]}


@on("create-payment-method", limit="60/minute", tries_cards=True)
def create_payment_method(identity: Identity, request: NewCard) -> CardReply:
    address = people.checked_email(identity, request.email)
    add = cards.add_single if request.token_type == "single" else cards.add_permanent
    added = add(identity, request.payment_method.id, request.token.id, request.cog_id)
    people.keep_contact(identity, address)
    return added.to_wire()


@on("confirm-card", limit="60/minute")
def confirm_card(identity: Identity, request: CardRef) -> CardReply:
    return cards.confirm(identity, request.card_id).to_wire()


@on("remove-card")
def remove_card(identity: Identity, request: CardRef) -> CardsReply:
    return {"cards": cards.remove(identity, request.card_id)}


@on("set-default-card")
def set_default_card(identity: Identity, request: CardRef) -> CardsReply:
    return {"cards": cards.make_default(identity, request.card_id)}


@on("rename-card")
def rename_card(identity: Identity, request: Renaming) -> CardsReply:
    return {"cards": labels.rename(identity, request.card_id, request.nickname)}


@on("dismiss-renewal")
def dismiss_renewal(identity: Identity, request: CardRef) -> CardsReply:
    return {"cards": labels.dismiss_renewal(identity, request.card_id)}
