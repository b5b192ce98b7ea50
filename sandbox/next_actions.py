"""The `next_action` of an intent whose card asks for a challenge, and the way back from it."""

from sandbox.context import Context
from sandbox.errors import Json, not_found
from sandbox.ids import new_id, random_text
from sandbox.records import Record, Tx

_PAGE = "/sandbox/3ds/challenge.html"


def require(ctx: Context, intent: Record, method: Record, kind: str) -> None:
    """Puts the intent into requires_action. `kind`: three_d_secure or captcha."""
    source = new_id("payatt")
    intent.hide(challenge={"source": source, "kind": kind})
    ctx.tx.set_setting(f"source:{source}", intent.id)
    return_url = ctx.get("return_url")
    if return_url and not ctx.browser and not ctx.params.get("use_stripe_sdk"):
        url = f"{_PAGE}?source={source}&client_secret={intent['client_secret']}"
        action: Json = {
            "redirect_to_url": {"return_url": return_url, "url": url},
            "type": "redirect_to_url",
        }
    else:
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": _for_stripe_js(source, method, kind)}
    intent.change(status="requires_action", next_action=action)


def find_source(tx: Tx, source: str) -> Record:
    """The intent that waits, or waited, for this challenge. Raises: ApiError (404)."""
    intent_id = tx.setting(f"source:{source}")
    intent = tx.find("payment_intent", intent_id) or tx.find("setup_intent", intent_id)
    if intent is None or intent.hidden["challenge"]["source"] != source:
        raise not_found("three_d_secure_2_source", source, "source", 404)
    return intent


def _for_stripe_js(source: str, method: Record, kind: str) -> Json:
    if kind == "captcha":
        return {"type": "intent_confirmation_challenge", "three_d_secure_2_source": source}
    server = random_text(36)
    return {
        "directory_server_encryption": {
            "algorithm": "RSA",
            "certificate": "",
            "directory_server_id": "A000000003",
            "root_certificate_authorities": [],
        },
        "directory_server_name": method["card"]["brand"],
        "merchant": "acct_sandbox",
        "one_click_authn": None,
        "server_transaction_id": server,
        "three_d_secure_2_source": source,
        "three_ds_method_url": "",
        "three_ds_optimizations": "kf",
        "type": "stripe_3ds2_fingerprint",
    }
