"""Which part of the shop may import which; tests/test_architecture.py holds the code to it."""

GROUND = {
    "card_testing",
    "config",
    "declines",
    "errors",
    "extensions",
    "gateway",
    "gateway_lists",
    "gateway_types",
    "languages",
    "money",
    "sockets",
    "wire",
}
SUBJECTS = {"accounts", "catalog", "wallet", "payments"}
# importer -> what it may import. `app` is in nobody's list; `sandbox` imports nothing of ours.
ARROWS: dict[str, set[str]] = {
    "circuit": set(),
    "config_rules": set(),
    "config": {"config_rules"},
    "declines": {"languages"},
    "errors": {"declines", "languages"},
    "gateway_types": set(),
    "languages": {"config"},
    "logs": set(),
    "money": {"errors", "languages"},
    "wire": {"errors"},
    "wire_types": set(),
    "headers": {"config"},
    "extensions": {"config"},
    "gateway_line": {"circuit", "errors"},
    "card_testing": {"errors", "extensions", "languages"},
    "gateway": {"card_testing", "gateway_line", "gateway_types"},
    "gateway_lists": {"gateway", "gateway_types"},
    "draining": {"errors", "extensions", "languages"},
    "sockets": {"card_testing", "config", "doorway", "draining", "errors", "extensions"}
    | {"languages", "wire", "wire_types"},
    "doorway": set(),
    "frames": set(),
    "sandbox": set(),
    "accounts": GROUND,
    "catalog": GROUND,
    # What every page shares: it stands on the subjects that each page shows.
    "pages": GROUND | {"accounts", "catalog"},
    "wallet": GROUND | {"accounts", "pages", "wire_types"},
    "payments": GROUND | {"accounts", "catalog", "pages", "wallet", "wire_types"},
    "panel": GROUND | {"accounts", "catalog", "pages", "sandbox"},
    "doctor": GROUND | SUBJECTS | {"pages"},
    "demo": GROUND | SUBJECTS | {"pages"},
    "protocol": GROUND | SUBJECTS | {"wire_types"},
    "app": GROUND
    | SUBJECTS
    | {
        "demo",
        "doctor",
        "doorway",
        "draining",
        "frames",
        "headers",
        "logs",
        "pages",
        "panel",
        "protocol",
        "sandbox",
    },
}
