"""What only a real network shows: polling, headers of a proxy, packets that no library sends.

These tests start a server of their own, whatever front the others enter through.
"""

import json
from contextlib import closing, suppress

import pytest
import requests
import socketio
import websocket

from tests.support.doors import eventually
from tests.support.server_front import ServerFront, cookies_of
from tests.support.shop import Shop
from tests.wire.messages import code_of

EVIL = "http://evil.example"


@pytest.fixture(scope="module")
def server(instances):
    front = ServerFront(instances.fresh())
    yield front
    front.close()


@pytest.fixture
def open_shop(server):
    shop = Shop(server)
    yield shop
    shop.close()
    assert "Traceback" not in server.log


def shake_hands(shopper, **headers):
    """Begin to poll as the shopper's browser would; the answer of Engine.IO."""
    url = f"{shopper.shop.origin}/socket.io/?EIO=4&transport=polling"
    return requests.get(url, headers={"Cookie": cookies_of(shopper.visitor), **headers}, timeout=5)


def poll_in(shopper, **headers):
    """Connect by polling; the first packet after the handshake."""
    answer = shake_hands(shopper, **headers)
    if answer.status_code != 200:
        return str(answer.status_code)
    url = f"{answer.url}&sid={json.loads(answer.text[1:])['sid']}"
    given = {"Cookie": cookies_of(shopper.visitor), **headers}
    packet = "40" + json.dumps({"token": shopper.context["token"]})
    assert requests.post(url, data=packet, headers=given, timeout=5).status_code == 200
    return requests.get(url, headers=given, timeout=5).text


def dial(shopper, *, connect=True, **headers):
    """A bare websocket, connected to the shop unless told otherwise."""
    line = websocket.create_connection(
        shopper.shop.origin.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket",
        header={"Cookie": cookies_of(shopper.visitor), **headers},
        origin=shopper.shop.origin,
        timeout=5,
    )
    assert line.recv().startswith("0")
    if connect:
        line.send("40" + json.dumps({"token": shopper.context["token"]}))
        assert line.recv().startswith("40")
    return line


def silent(line, seconds=0.3):
    """Whether nothing comes for a while."""
    line.settimeout(seconds)
    try:
        return line.recv() == "2"  # a ping
    except websocket.WebSocketTimeoutException:
        return True
    finally:
        line.settimeout(5)


# Polling


def test_a_whole_conversation_by_polling_alone(open_shop):
    shopper = open_shop.shopper(account=True)
    with requests.Session() as session:
        _converse(shopper, socketio.Client(reconnection=False, http_session=session))


def _converse(shopper, client):
    origin = shopper.shop.origin
    headers = {"Cookie": cookies_of(shopper.visitor), "Origin": origin}
    auth = {"token": shopper.context["token"]}
    client.connect(origin, headers=headers, auth=auth, transports=["polling"])
    claim = {"userId": shopper.user_id}
    assert client.call("get-user-cards", claim, timeout=5) == {"status": "success", "cards": []}
    shopper.visitor.submit("/wallet", {}, to="/sign-out")
    eventually(lambda: not client.connected, what="closing")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Referer": "http://127.0.0.1/"},
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": EVIL, "Sec-Fetch-Site": "same-origin"},
        {"Origin": EVIL, "X-Forwarded-Host": "evil.example"},
        {"Origin": EVIL, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"},
        {"Origin": EVIL, "Forwarded": "host=evil.example;proto=http"},
        {"Origin": EVIL, "X-Original-Host": "evil.example"},
    ],
    ids=str,
)
def test_polling_needs_the_shop_s_own_origin(open_shop, headers):
    answer = poll_in(open_shop.shopper(), **headers)
    assert answer == "400" or '"code":"unauthenticated"' in answer


def test_a_page_of_the_shop_may_poll_though_browsers_send_no_origin_then(open_shop):
    shopper = open_shop.shopper()
    assert poll_in(shopper, **{"Sec-Fetch-Site": "same-origin"}).startswith("40{")
    assert poll_in(shopper, Origin=open_shop.origin).startswith("40{")


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Original-Host", "X-Forwarded-Server"])
def test_a_websocket_of_a_foreign_page_does_not_become_ours_by_a_header(open_shop, header):
    shopper = open_shop.shopper()
    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(
            open_shop.origin.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket",
            header={"Cookie": cookies_of(shopper.visitor), header: "evil.example"},
            origin=EVIL,
            timeout=5,
        )


def test_no_other_site_may_read_what_is_polled(open_shop):
    answer = shake_hands(open_shop.shopper(), Origin=EVIL)
    assert answer.status_code == 400
    assert "Access-Control-Allow-Origin" not in answer.headers


# Packets


def test_before_a_socket_is_let_in_its_messages_are_not_heard(open_shop):
    shopper = open_shop.shopper(account=True)
    with closing(dial(shopper, connect=False)) as line:
        claim = json.dumps({"userId": shopper.user_id})
        line.send(f'420["get-user-cards",{claim}]')
        line.send(f'421["message",{{"action":"get-user-cards","message":{claim}}}]')
        assert silent(line)
        line.send('40{"token":"garbage"}')
        assert line.recv().startswith("44")
        line.send(f'422["get-user-cards",{claim}]')
        assert silent(line)


def test_a_socket_connects_once_and_nowhere_else(open_shop):
    shopper, other = open_shop.shopper(), open_shop.shopper()
    with closing(dial(shopper)) as line:
        line.send("40" + json.dumps({"token": other.context["token"]}))
        assert line.recv().startswith("44")
        line.send("40/admin," + json.dumps({"token": shopper.context["token"]}))
        assert line.recv().startswith("44/admin")
        line.send('42/admin,0["get-transactions",{}]')
        assert silent(line)
        line.send(f'420["get-user-cards",{{"userId":"{shopper.user_id}"}}]')
        assert line.recv().startswith('430[{"status":"success"')


DEEP = '["get-user-cards",' + "[" * 100_000 + "]" * 100_000 + "]"
UNREADABLE = [
    *["", "[]", "[5,{}]", '[["get-user-cards"]]', "[{}]", "[null]", "null", "{}", '"hello"'],
    *["{bad", '["get-user-cards"', "NaN", '["get-user-cards",NaN]', '["get-user-cards",1e999]'],
    *['["get-user-cards",null]', '["message"]', '["message",null]', '["*",{}]', '["*","sid"]'],
    *['["connect",{"token":"x"}]', '["disconnect","a","b","c"]', '["\\ud800",{}]', '["\\u0000"]'],
    *['["get-user-cards",{"userId":' + "9" * 5000 + "}]", '["get-user-cards",{"\\ud800":1}]'],
    *[DEEP, "[" * 200_000],
]


@pytest.mark.parametrize("data", UNREADABLE, ids=lambda data: data[:30])
def test_data_that_no_library_would_send_is_answered(open_shop, data):
    shopper = open_shop.shopper()
    with closing(dial(shopper)) as line:
        line.send(f"427{data}")
        answer = line.recv()
        assert answer.startswith("437[")
        assert code_of(json.loads(answer[3:])[0]) in ("invalid_message", "unknown_action")


def test_packets_that_mean_nothing_do_no_harm(open_shop):
    shopper = open_shop.shopper()
    nothing = ["4", "42", "43", "430[]", "431{bad", "44", '44"x"', "45", '450-["a"]', "46", "47"]
    nothing += ["49", "4x", "42/admin", "41/admin,", '451-["a",{"_placeholder":true,"num":7}]']
    nothing += ['45999999999-["a"]', '45999999999999-["a"]', "42" + "1" * 101 + '["a"]', "2", "6"]
    with closing(dial(shopper)) as line:
        for packet in nothing:
            line.send(packet)
        for attachment in (b"", b"\0", b'2["a"]', b"x" * 100_000):
            line.send_binary(attachment)
        line.send(f'4299["get-user-cards",{{"userId":"{shopper.user_id}"}}]')
        answers = [line.recv()]
        while not answers[-1].startswith("4399"):
            answers.append(line.recv())
    assert '"status":"success"' in answers[-1]


def test_a_message_beyond_all_measure_ends_that_socket_and_no_other(open_shop):
    shopper, other = open_shop.shopper(), open_shop.shopper()
    line = dial(shopper)
    with closing(line.sock), suppress(websocket.WebSocketException, OSError):
        line.send('420["get-user-cards",{"userId":"' + "x" * 3_000_000 + '"}]')
        assert not line.recv()
    assert other.cards() == []
    assert shopper.cards() == []


def test_a_card_number_in_broken_data_is_not_logged(open_shop):
    shopper = open_shop.shopper()
    with closing(dial(shopper)) as line:
        for data in ('["get-user-cards",{"n":"6011000990139424"', '["6011000990139424",{}]'):
            line.send(f"420{data}")
            assert line.recv().startswith("430[")
    assert "6011000990139424" not in open_shop.front.log
