"""Slack's Web API client for python against fake-slack: methods, pages, uploads, errors, rate limits, rotation."""

import platform
from urllib.error import HTTPError

from server import Server
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, SectionBlock
from slack_sdk.version import __version__

GENERAL = "C0GENERAL"
ALICE = "U0ALICE01"


class CountedRetries(RateLimitErrorRetryHandler):
    """Repeats a call after `Retry-After`, and counts that."""

    count = 0

    def prepare_for_next_attempt(self, **arguments):
        assert arguments["response"].headers["retry-after"] == ["1"], arguments["response"].headers
        CountedRetries.count += 1
        super().prepare_for_next_attempt(**arguments)


def refused(code, call, **arguments):
    """Makes a call that must be refused with this code."""
    try:
        call(**arguments)
    except SlackApiError as error:
        assert error.response["error"] == code, error
    else:
        raise AssertionError(f"no {code}")


def fnv1a(data):
    """The 32-bit FNV-1a hash, as the server prints it."""
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def run(server):
    def client(token=None):
        retries = [CountedRetries(max_retry_count=2)]
        return WebClient(token, base_url=server.api_base, retry_handlers=retries)

    web = client(server.token)
    assert web.auth_test()["user_id"] == "U0FAKEBOT"
    assert web.team_info()["team"]["name"] == "Fake Team"
    assert web.users_info(user=ALICE)["user"]["name"] == "alice"
    assert web.conversations_open(users=[ALICE])["channel"]["id"] == "D0ALICE01"

    section = SectionBlock(text="Somebody is at the *door*.")
    button = ButtonElement(text="Open", action_id="open", value="1")
    blocks = [section, ActionsBlock(elements=[button])]
    posted = web.chat_postMessage(channel=GENERAL, text="The door & more", blocks=blocks)
    assert posted["channel"] == GENERAL
    assert posted["message"]["blocks"][1]["elements"][0]["action_id"] == "open"
    assert all(block["block_id"] for block in posted["message"]["blocks"])
    ts = posted["ts"]
    updated = web.chat_update(channel=GENERAL, ts=ts, text="Open", blocks=[section])
    assert (updated["ts"], updated["text"]) == (ts, "Open")
    assert len(updated["message"]["blocks"]) == 1
    reaction = {"channel": GENERAL, "timestamp": ts, "name": "thumbsup"}
    web.reactions_add(**reaction)
    refused("already_reacted", web.reactions_add, **reaction)
    web.reactions_remove(**reaction)
    hidden = web.chat_postEphemeral(channel=GENERAL, user=ALICE, text="psst")
    assert "." in hidden["message_ts"]
    web.chat_delete(channel=GENERAL, ts=ts)
    refused("message_not_found", web.chat_delete, channel=GENERAL, ts=ts)
    refused("unknown_method", web.api_call, api_method="no.suchMethod")
    broken = [{"type": "section"}]
    refused("invalid_blocks", web.chat_postMessage, channel=GENERAL, text="x", blocks=broken)

    # Each third page is empty.
    def walk(pages, name):
        found = [page[name] for page in pages]
        ids = [each if isinstance(each, str) else each["id"] for page in found for each in page]
        assert len(set(ids)) == len(ids)
        return [len(page) for page in found]

    assert walk(web.users_list(limit=100), "members") == [100, 100, 0, 52]
    assert walk(web.conversations_list(limit=5), "channels") == [5, 5, 0, 3]
    members = web.conversations_members(channel=GENERAL, limit=100)
    assert walk(members, "members") == [100, 100, 0, 52]
    pages = iter(web.users_list(limit=100))
    assert len(next(pages)["members"]) == 100
    server.command("/expire-cursors", "the cursors have expired")
    refused("invalid_cursor", lambda: next(pages))

    # The client sends the bytes alone, without its token, and once.
    data = bytes(at % 251 for at in range(20_000))
    picture = {"channel": GENERAL, "filename": "door.png", "title": "Who rings", "content": data}
    server.command("/refuse-upload 503", "answered with status 503")
    try:
        web.files_upload_v2(**picture)
    except HTTPError as error:
        assert error.code == 503, error
    else:
        raise AssertionError("no 503")
    shared = web.files_upload_v2(**picture, initial_comment="At the door")["file"]
    assert shared["size"] == len(data)
    state = f'complete, in [{GENERAL}], title "Who rings"'
    line = f'{shared["id"]} "door.png", 20000 B, FNV {fnv1a(data):08x}, {state}'
    server.command("/files", line)
    assert not server.all("! ")
    latest = web.conversations_history(channel=GENERAL, limit=1)["messages"][0]
    assert latest["files"][0]["id"] == shared["id"]

    # At least one of two calls comes too soon.
    for _ in range(2):
        assert web.users_info(user=ALICE)["user"]["id"] == ALICE
    assert CountedRetries.count > 0

    refused("invalid_auth", client("xoxb-wrong").auth_test)
    server.command("/expire-token", "have expired")
    refused("token_expired", web.auth_test)
    exchange = {
        "client_id": server.client_id,
        "client_secret": server.client_secret,
        "grant_type": "refresh_token",
        "refresh_token": server.refresh_token,
    }
    pair = client().oauth_v2_access(**exchange)
    assert pair["expires_in"] == 43_200
    assert client(pair["access_token"]).auth_test()["user_id"] == "U0FAKEBOT"
    refused("invalid_refresh_token", client().oauth_v2_access, **exchange)


OPTIONS = ("--users", "250", "--channels", "12", "--empty-pages", "3")
with Server("--rate", "users.info=1/1", *OPTIONS) as started:
    run(started)
print(f"python {platform.python_version()}, slack_sdk {__version__}: OK")
