"""Wiring: one app from settings. `python app.py` serves it; nothing imports this module."""

if __name__ == "__main__":
    # Before anything that opens sockets or makes locks is imported: eventlet patches them.
    import sys
    import warnings

    from config import ConfigError, load_settings

    try:
        SETTINGS = load_settings()
    except ConfigError as error:
        sys.exit(f"Cog Checkout can't start: {error}")
    if SETTINGS.async_mode == "eventlet":
        with warnings.catch_warnings(action="ignore"):
            import eventlet  # says at each start that it is in maintenance
        eventlet.monkey_patch()

import gc
import os
import signal
import sys
import threading
from typing import Any

import click
import structlog
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import card_testing
import compression
import config
import draining
import frames
import gateway
import headers
import languages
import logs
import pages
import processes
import recorder
import serving
import sockets
from accounts import identity, people
from accounts.account_routes import blueprint as account_pages
from accounts.sign_in_routes import blueprint as sign_in_pages
from catalog.cli import catalog_group, cogs_group
from catalog.routes import blueprint as catalog_pages
from config import SANDBOX_WEBHOOK_SECRET, ConfigError, Settings, load_settings
from demo import cli as demo_group
from doctor.cli import command as doctor_command
from doorway import Doorway
from extensions import assert_no_transaction, csrf, init_database, socketio, use_rate_limit_storage
from gateway import Gateway
from panel import routes as panel_pages
from panel.mount import mount
from payments import endpoint, health, merging, personal, recovery
from payments import events as payment_events
from payments.discovery import Discovery
from payments.order_cli import orders_group
from payments.reconcile_cli import command as reconcile_command
from payments.refund_cli import refunds_group
from payments.routes import blueprint as payment_pages
from protocol import cli as protocol_group
from sandbox import Sandbox
from wallet import events as wallet_events
from wallet.routes import blueprint as wallet_pages

# Importing these is what counts: they register actions of the wire and listen to a sign-in.
REGISTERED = (wallet_events, payment_events, merging, personal)
PAGES = (catalog_pages, sign_in_pages, account_pages, wallet_pages, payment_pages)
COMMANDS: tuple[click.Command, ...] = (
    cogs_group,
    catalog_group,
    demo_group,
    orders_group,
    refunds_group,
    reconcile_command,
    doctor_command,
    protocol_group,
)
log = structlog.get_logger()
# Less than the half minute that service managers give a process to stop.
FINISH_SECONDS = 25
SWEEP_SECONDS = 5


def create_app(settings: Settings | None = None) -> Flask:
    """The app of these settings; without any, of the environment and `.env`.

    Raises: ConfigError when a setting is missing, wrong or contradicts another.
    """
    settings = settings or _settings_of_environment()
    config.prepare_psycopg()
    logs.configure()
    app = _bare_app(settings)
    recorder.switch(settings.embedded_sandbox)
    init_database(app)
    use_rate_limit_storage(settings.redis_url)
    csrf.init_app(app)
    headers.init_app(app, settings)
    compression.init_app(app)
    languages.init_app(app)
    pages.init_app(app)
    _connect_stripe(app, settings)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    for command in COMMANDS:
        app.cli.add_command(command)
    _attach_sockets(app, settings)
    _trust_proxies(app, settings.trusted_proxies)
    return app


def _settings_of_environment() -> Settings:
    try:
        settings = load_settings()
        check_verifier(settings)
        return settings
    except ConfigError as error:
        if click.get_current_context(silent=True) is None:
            raise
        # A command: the sentence is for whoever typed it, without a traceback.
        raise click.ClickException(str(error)) from None


def check_verifier(settings: Settings) -> None:
    """A verifier that isn't there would only be missed during a surge. Raises: ConfigError."""
    name = settings.captcha_verifier
    try:
        found = name is None or callable(card_testing.load_verifier(name))
    except (ImportError, AttributeError, ValueError):
        found = False
    if not found:
        raise ConfigError(
            f"CAPTCHA_VERIFIER: there is no function {name!r}; write it like shop_captcha:verify, "
            "for one that Python finds where the shop is started."
        )


def _bare_app(settings: Settings) -> Flask:
    settings.instance_dir.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__, instance_path=str(settings.instance_dir))
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # Parameters are names, e-mails, card facts: no traceback may show them.
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 20, "max_overflow": 30, "hide_parameters": True},
        SESSION_COOKIE_SAMESITE="Lax",
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        MAX_CONTENT_LENGTH=1_000_000,
    )
    return app


def serve(settings: Settings, idle_seconds: float = serving.IDLE_SECONDS) -> None:
    """Serve until stopped; in sandbox mode also deliver its webhooks. Raises: ConfigError.

    idle_seconds: how long a connection may say nothing while it is expected to.
    """
    check_verifier(settings)
    app = create_app(settings)
    sandbox: Sandbox | None = app.extensions.get("sandbox")
    if sandbox:
        url = f"{settings.local_url}{endpoint.PATH}"
        sandbox.register_webhook(url, SANDBOX_WEBHOOK_SECRET)
        socketio.start_background_task(sandbox.run_webhooks, threading.Event())
    socketio.start_background_task(_recover, app)
    socketio.start_background_task(_sweep, app.extensions["doorway"])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    options: dict[str, Any] = {"log_output": False}
    if settings.async_mode == "threading":
        options["allow_unsafe_werkzeug"] = True
    else:
        options |= serving.options(idle_seconds)
    # What start-up has made stays: each full collection through it would stop everybody for 0.2 s.
    gc.collect()
    gc.freeze()
    socketio.run(app, host=settings.host, port=settings.port, **options)


def _stop(number: int, _frame: Any) -> None:
    """Tell the sockets, let running purchases finish, then end; a second signal ends at once."""
    signal.signal(number, signal.SIG_DFL)
    socketio.start_background_task(_finish)


def _finish() -> None:
    if not draining.drain(FINISH_SECONDS, sockets.tell_of_restart):
        log.warning("stopped with purchases running; recovery will settle them")
    # Everything is committed; the server loop has no end of its own to wait for.
    os._exit(0)


def _recover(app: Flask) -> None:
    """For as long as the process lives: settle what nobody is working on any more."""
    discovery = Discovery()
    while True:
        with app.app_context():
            for work in (recovery.run_once, discovery.discover, health.flush):
                try:
                    work()
                except Exception:
                    # The database may be away for a while; this must outlive that.
                    log.exception("background work")
        socketio.sleep(recovery.INTERVAL_SECONDS)


def _sweep(doorway: Doorway) -> None:
    while True:
        socketio.sleep(SWEEP_SECONDS)
        doorway.sweep()


def _connect_stripe(app: Flask, settings: Settings) -> None:
    """The gateway to Stripe, or to the sandbox: inside this process or at another address."""
    http_client = None
    if settings.embedded_sandbox:
        sandbox = Sandbox(settings.sandbox_path, settings.stripe_publishable_key)
        app.extensions["sandbox"] = sandbox
        mount(app, sandbox.wsgi)
        panel_pages.init_app(app)
        http_client = sandbox.http_client(timeout=settings.stripe_read_seconds, watch=recorder.call)
    secret = SANDBOX_WEBHOOK_SECRET if settings.mode == "sandbox" else None
    gateway.init_app(
        app,
        Gateway(
            settings.stripe_secret_key,
            guard=assert_no_transaction,
            http_client=http_client,
            api_base=settings.stripe_api_base,
            webhook_secret=settings.stripe_webhook_secret or secret,
            timeout=(settings.stripe_connect_seconds, settings.stripe_read_seconds),
            retries=settings.stripe_retries,
        ),
    )


def _attach_sockets(app: Flask, settings: Settings) -> None:
    # Green threads only work in a process that was patched at its start: see the top of this file.
    async_mode = settings.async_mode if "eventlet" in sys.modules else "threading"
    if async_mode == "eventlet":
        frames.install()
    sockets.attach(
        app,
        identity,
        async_mode=async_mode,
        client_manager=processes.manager(settings.redis_url),
        cors_allowed_origins=lambda origin, environ: _allowed(app, origin, environ),
    )
    doorway = Doorway(socketio.server, app.wsgi_app, settings.sockets_per_address)
    app.extensions["doorway"] = doorway
    app.wsgi_app = doorway  # type: ignore[assignment,method-assign]


def _allowed(app: Flask, origin: str | None, environ: dict[str, Any]) -> bool:
    with app.app_context():
        return identity.origin_allowed(origin, environ)


def _trust_proxies(app: Flask, count: int) -> None:
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]


people.session_ended.connect(
    lambda _sender, session_id: sockets.end_session(session_id), weak=False
)

if __name__ == "__main__":
    try:
        serve(SETTINGS)
    except ConfigError as error:
        sys.exit(f"Cog Checkout can't start: {error}")
