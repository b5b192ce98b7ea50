"""Which parameters every endpoint takes, in the notation of `schema.py`.

Source: the OpenAPI description of API version 2026-10-28.endive; a test compares both.
"""

from sandbox.schema import Table, each, table

# Ways to pay that Stripe knows beside cards.
OTHER_METHODS = tuple(
    "acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit "
    "bancontact billie bizum blik boleto cashapp crypto customer_balance eps fpx giropay grabpay "
    "ideal interac_present kakao_pay klarna konbini kr_card link mb_way mobilepay multibanco "
    "naver_pay nz_bank_account oxxo p24 pay_by_bank payco paynow paypal paypay payto pix promptpay "
    "revolut_pay samsung_pay satispay scalapay sepa_debit sequra sofort sunbit swish twint upi "
    "us_bank_account wechat_pay zip".split()
)
_SETUP_OTHERS = tuple(
    "acss_debit amazon_pay bacs_debit bizum blik card_present klarna link paypal payto pix "
    "sepa_debit upi us_bank_account".split()
)
_OTHER_TYPES = "enum:" + "|".join(name for name in OTHER_METHODS if name != "interac_present")
_TYPES = f"{_OTHER_TYPES}|card|custom"
_REDISPLAY = "enum:always|limited|unspecified"
_THREE_DS = "enum:any|automatic|challenge"

NOTHING: Table = {}
EXPAND_ONLY = table("expand:strings")
METADATA_ONLY = table("expand:strings metadata?:metadata")

_ADDRESS = table("city:str:100 country:str line1:str:200 line2:str:200 postal_code:str state:str")
_SHIPPING = table(
    "address!:hash carrier:str name!:str phone:str tracking_number:str", address=_ADDRESS
)
_BILLING = table("address?:hash email?:email name?:str phone?:str tax_id:str", address=_ADDRESS)
_NETWORKS = table("preferred:enum:cartes_bancaires|mastercard|visa")
_RADAR = table("session:str")
_CARD = table(
    "cvc:str exp_month:int exp_year:int networks:hash number:str token:id", networks=_NETWORKS
)
_METHOD_FIELDS = each(OTHER_METHODS, "unsupported") | table(
    f"allow_redisplay:{_REDISPLAY} billing_details:hash metadata?:metadata radar_options:hash",
    billing_details=_BILLING,
    radar_options=_RADAR,
)
_METHOD_DATA = _METHOD_FIELDS | table(f"type!:{_OTHER_TYPES}")

# --- Options of a card on an intent
_SETUP_CARD_OPTIONS = table(
    "mandate_options:unsupported moto:unsupported three_d_secure:unsupported "
    "network:enum:amex|cartes_bancaires|diners|discover|eftpos_au|girocard|interac|jcb|link|"
    f"mastercard|unionpay|unknown|visa request_three_d_secure:{_THREE_DS} "
    "setup_credential_usage:enum:installment|recurring|unscheduled"
)
_CARD_OPTIONS = _SETUP_CARD_OPTIONS | table(
    "capture_method?:enum:manual cvc_token:unsupported installments:unsupported "
    "request_extended_authorization:enum:if_available|never "
    "request_incremental_authorization:enum:if_available|never "
    "request_multicapture:enum:if_available|never request_overcapture:enum:if_available|never "
    "require_cvc_recollection:bool setup_future_usage?:enum:none|off_session|on_session "
    "statement_descriptor_suffix_kana?:str:22 statement_descriptor_suffix_kanji?:str:17 "
    "stored_credential_usage:enum:installment|recurring|unscheduled"
)
_OPTIONS = each((*OTHER_METHODS, "card_present"), "any") | table("card?:hash", card=_CARD_OPTIONS)
_SETUP_OPTIONS = each(_SETUP_OTHERS, "any") | table("card:hash", card=_SETUP_CARD_OPTIONS)
_MANDATE = table(
    "customer_acceptance!:hash",
    customer_acceptance=table(
        "accepted_at:int offline:any online:hash type!:enum:offline|online",
        online=table("ip_address!:str user_agent!:str"),
    ),
)
_MANDATE_LATER = table(
    "customer_acceptance:hash",
    customer_acceptance=table(
        "accepted_at:int offline:any online:hash type!:enum:offline|online",
        online=table("ip_address:str user_agent:str"),
    ),
)

# --- PaymentIntents
_TYPES_REMOVED = table("payment_method_types:removed")
_INTENT_COMMON = (EXPAND_ONLY | _TYPES_REMOVED) | table(
    "allowed_payment_method_types:strings amount_details:unsupported "
    "capture_method:enum:automatic|automatic_async|manual "
    "excluded_payment_method_types:strings hooks:unsupported payment_details:unsupported "
    "payment_method:id payment_method_data:hash payment_method_options:hash receipt_email?:email",
    payment_method_data=_METHOD_DATA,
    payment_method_options=_OPTIONS,
)
_INTENT_FIELDS = METADATA_ONLY | table(
    "application_fee_amount:unsupported customer:id customer_account:unsupported "
    "description?:str:1000 payment_method_configuration:unsupported "
    "statement_descriptor?:str:22 statement_descriptor_suffix?:str:22 transfer_data:unsupported "
    "transfer_group:unsupported"
)
_CONFIRMING = table(
    "confirmation_token:unsupported error_on_requires_action:bool mandate:unsupported "
    "off_session:enum:true|false|one_off|recurring radar_options:hash return_url:str "
    "use_stripe_sdk:bool",
    radar_options=table("referrer:str session:str"),
)
_USAGE_LATER = table(
    "setup_future_usage?:enum:off_session|on_session shipping?:hash", shipping=_SHIPPING
)
_AUTOMATIC = table("allow_redirects:enum:always|never enabled!:bool")
PAYMENT_INTENT_CREATE = (_INTENT_COMMON | _INTENT_FIELDS | _CONFIRMING) | table(
    "amount!:int currency!:currency automatic_payment_methods:hash confirm:bool "
    "confirmation_method:enum:automatic|manual mandate_data?:hash on_behalf_of:unsupported "
    "setup_future_usage:enum:off_session|on_session shipping:hash",
    automatic_payment_methods=_AUTOMATIC,
    mandate_data=_MANDATE,
    shipping=_SHIPPING,
)
PAYMENT_INTENT_UPDATE = (_INTENT_COMMON | _INTENT_FIELDS | _USAGE_LATER) | table(
    "amount:int currency:currency excluded_payment_method_types?:strings"
)
PAYMENT_INTENT_CONFIRM = (_INTENT_COMMON | _CONFIRMING | _USAGE_LATER) | table(
    "amount_to_confirm:unsupported excluded_payment_method_types?:strings mandate_data?:hash",
    mandate_data=_MANDATE_LATER,
)
PAYMENT_INTENT_CANCEL = EXPAND_ONLY | table(
    "cancellation_reason:enum:abandoned|duplicate|fraudulent|requested_by_customer"
)
PAYMENT_INTENT_CAPTURE = METADATA_ONLY | table(
    "amount_details:unsupported amount_to_capture:int application_fee_amount:unsupported "
    "final_capture:bool hooks:unsupported payment_details:unsupported "
    "statement_descriptor?:str:22 statement_descriptor_suffix?:str:22 transfer_data:unsupported"
)

# --- SetupIntents
_SETUP_COMMON = EXPAND_ONLY | table(
    "allowed_payment_method_types:strings payment_method:id payment_method_data:hash "
    "payment_method_options:hash",
    payment_method_data=_METHOD_DATA,
    payment_method_options=_SETUP_OPTIONS,
)
_SETUP_FIELDS = (METADATA_ONLY | _TYPES_REMOVED) | table(
    "attach_to_self:unsupported customer:id customer_account:unsupported description?:str:1000 "
    "excluded_payment_method_types:strings flow_directions:unsupported "
    "payment_method_configuration:unsupported"
)
_SETUP_CONFIRMING = table(
    "confirmation_token:unsupported mandate_data?:hash return_url:str use_stripe_sdk:bool",
    mandate_data=_MANDATE_LATER,
)
SETUP_INTENT_CREATE = (_SETUP_COMMON | _SETUP_FIELDS | _SETUP_CONFIRMING) | table(
    "automatic_payment_methods:hash confirm:bool mandate_data?:hash on_behalf_of:unsupported "
    "single_use:unsupported usage:enum:off_session|on_session",
    automatic_payment_methods=_AUTOMATIC,
    mandate_data=_MANDATE,
)
SETUP_INTENT_UPDATE = (_SETUP_COMMON | _SETUP_FIELDS) | table(
    "allowed_payment_method_types?:strings excluded_payment_method_types?:strings"
)
SETUP_INTENT_CONFIRM = _SETUP_COMMON | _SETUP_CONFIRMING
SETUP_INTENT_CANCEL = EXPAND_ONLY | table(
    "cancellation_reason:enum:abandoned|duplicate|requested_by_customer"
)

# --- Tokens and PaymentMethods
TOKEN_CREATE = EXPAND_ONLY | table(
    "account:unsupported bank_account:unsupported card:hash customer:unsupported cvc_update:hash "
    "person:unsupported pii:unsupported",
    card=table(
        "address_city:str address_country:str address_line1:str address_line2:str "
        "address_state:str address_zip:str currency:str cvc:str exp_month!:str exp_year!:str "
        "name:str networks:hash number!:str",
        networks=_NETWORKS,
    ),
    cvc_update=table("cvc!:str"),
)
PAYMENT_METHOD_CREATE = (_METHOD_FIELDS | EXPAND_ONLY) | table(
    f"card:hash custom:unsupported customer:unsupported payment_method:unsupported type:{_TYPES}",
    card=_CARD,
)
PAYMENT_METHOD_UPDATE = METADATA_ONLY | table(
    f"allow_redisplay:{_REDISPLAY} billing_details:hash card:hash us_bank_account:unsupported",
    billing_details=_BILLING,
    card=table(
        "exp_month:int exp_year:int networks:hash",
        networks=table("preferred?:enum:cartes_bancaires|mastercard|visa"),
    ),
)
PAYMENT_METHOD_ATTACH = EXPAND_ONLY | table("customer:id customer_account:unsupported")

# --- Customers, refunds, webhook endpoints
_CUSTOMER = METADATA_ONLY | table(
    "address?:hash balance:int business_name?:str cash_balance:unsupported description?:str "
    "email?:email:512 individual_name?:str invoice_prefix:str invoice_settings:hash name?:str:256 "
    "next_invoice_sequence:int phone?:str:20 preferred_locales:strings shipping?:hash "
    "source:unsupported tax:unsupported tax_exempt?:enum:exempt|none|reverse validate:bool",
    address=_ADDRESS,
    invoice_settings=table(
        "custom_fields:unsupported default_payment_method?:id footer?:str "
        "rendering_options:unsupported"
    ),
    shipping=table("address!:hash name!:str phone:str", address=_ADDRESS),
)
CUSTOMER_CREATE = _CUSTOMER | table(
    "payment_method:id tax_id_data:unsupported test_clock:unsupported"
)
CUSTOMER_UPDATE = _CUSTOMER | table("default_source:unsupported")
REFUND_CREATE = METADATA_ONLY | table(
    "amount:int charge:id currency:unsupported customer:unsupported instructions_email:str "
    "origin:unsupported payment_intent:id reason:enum:duplicate|fraudulent|requested_by_customer "
    "refund_application_fee:unsupported reverse_transfer:unsupported"
)
# Of the evidence, what the sandbox judges by; the rest of Stripe's fields is not needed here.
DISPUTE_UPDATE = METADATA_ONLY | table(
    "evidence:hash submit:bool", evidence=table("uncategorized_text:str")
)
WEBHOOK_ENDPOINT_CREATE = METADATA_ONLY | table(
    "api_version:str connect:bool description?:str enabled_events!:strings url!:id"
)
WEBHOOK_ENDPOINT_UPDATE = METADATA_ONLY | table(
    "description?:str disabled:bool enabled_events:strings url:id"
)

# --- Lists
_PAGE = EXPAND_ONLY | table("ending_before:id limit:int starting_after:id")
CUSTOMER_LIST = _PAGE | table("created:created email:str:512 test_clock:unsupported")
CUSTOMER_PAYMENT_METHOD_LIST = _PAGE | table(f"allow_redisplay:{_REDISPLAY} type:{_TYPES}")
PAYMENT_METHOD_LIST = CUSTOMER_PAYMENT_METHOD_LIST | table(
    "customer:id customer_account:unsupported"
)
PAYMENT_INTENT_LIST = _PAGE | table("created:created customer:id customer_account:unsupported")
SETUP_INTENT_LIST = PAYMENT_INTENT_LIST | table("attach_to_self:unsupported payment_method:id")
REFUND_LIST = _PAGE | table("charge:id created:created payment_intent:id")
DISPUTE_LIST = EARLY_FRAUD_WARNING_LIST = REFUND_LIST
EVENT_LIST = _PAGE | table("created:created delivery_success:bool type:str types:strings")
WEBHOOK_ENDPOINT_LIST = _PAGE
INTENT_RETRIEVE = EXPAND_ONLY | table("client_secret:id")

# --- What Stripe.js may send with a publishable key
_BROWSER = EXPAND_ONLY | table(
    "client_secret!:id mandate_data?:hash payment_method:id payment_method_data:hash "
    "return_url:str use_stripe_sdk:bool",
    mandate_data=_MANDATE_LATER,
    payment_method_data=_METHOD_FIELDS | table(f"card:hash type!:{_OTHER_TYPES}|card", card=_CARD),
)
BROWSER_PAYMENT_CONFIRM = (_BROWSER | _USAGE_LATER) | table(
    "payment_method_options:hash receipt_email?:email", payment_method_options=_OPTIONS
)
BROWSER_SETUP_CONFIRM = _BROWSER | table(
    "payment_method_options:hash", payment_method_options=_SETUP_OPTIONS
)
BROWSER_RETRIEVE = EXPAND_ONLY | table("client_secret!:id")
THREE_DS_AUTHENTICATE = table("source!:id client_secret!:id outcome!:enum:complete|fail|cancel")
THREE_DS_CHALLENGE = table("client_secret!:id")
