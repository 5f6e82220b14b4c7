"""Slack's Socket Mode client for python against fake-slack: events, acknowledgements, responses, redelivery, refresh."""

import logging
import platform
import queue

from server import LONGEST_S, Server
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.version import __version__

# The refusal below is no news.
logging.disable(logging.CRITICAL)


def client_of(server, token):
    web = WebClient(base_url=server.api_base)
    return SocketModeClient(app_token=token, web_client=web)


def run(server):
    wrong = client_of(server, server.token)
    try:
        wrong.connect()
    except SlackApiError as error:
        assert error.response["error"] == "not_allowed_token_type", error
    else:
        raise AssertionError("a bot's token opens no socket")
    finally:
        wrong.close()

    requests = queue.Queue()
    client = client_of(server, server.app_token)
    client.socket_mode_request_listeners.append(lambda _, request: requests.put(request))

    def following(kind):
        request = requests.get(timeout=LONGEST_S)
        assert request.type == kind, request.to_dict()
        return request

    def acknowledge(request, payload=None):
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))
        server.seen(f"acknowledged {request.type} {request.envelope_id}")

    try:
        client.connect()
        server.seen('"hello"')

        server.command("/mention open", '"app_mention"')
        # The client calls its listeners in threads: the order may be another.
        events = {}
        for _ in range(2):
            request = following("events_api")
            events[request.payload["event"]["type"]] = request.payload
            acknowledge(request)
        message, mention = events["message"], events["app_mention"]
        assert mention["event"]["ts"] == message["event"]["ts"]
        assert mention["authorizations"][0]["user_id"] == "U0FAKEBOT"

        server.command("/slash /door open 5", '"slash_commands"')
        command = following("slash_commands")
        assert command.accepts_response_payload
        assert (command.payload["command"], command.payload["text"]) == ("/door", "open 5")
        acknowledge(command, {"text": "Opening", "response_type": "in_channel"})
        own = following("events_api")
        assert own.payload["event"]["text"] == "Opening"
        acknowledge(own)

        server.command("/press open 5", '"block_actions"')
        press = following("interactive")
        assert press.payload["actions"][0]["value"] == "5"
        acknowledge(press)
        server.command("/submit setup b1.secs=99", '"view_submission"')
        submission = following("interactive")
        assert submission.payload["view"]["state"]["values"]["b1"]["secs"]["value"] == "99"
        errors = {"response_action": "errors", "errors": {"b1": "1 to 60"}}
        acknowledge(submission, errors)

        # The first delivery is not acknowledged.
        server.command("/say hello", '"hello"')
        first, second = following("events_api"), following("events_api")
        assert (first.retry_attempt, second.retry_attempt) == (0, 1)
        assert second.retry_reason == "timeout"
        assert second.payload["event_id"] == first.payload["event_id"]
        acknowledge(second)

        server.command("/large", '"block_actions"')
        large = following("interactive")
        assert len(large.payload["view"]["blocks"]) == 7
        acknowledge(large)

        # Another socket after a refresh.
        server.command("/disconnect refresh_requested", '"num_connections":2')
        # The client sends nothing over the new one until it has left the old one, 3 s later and without a close frame.
        server.seen("ended: ByClient")
        server.command("/say again", '"again"')
        again = following("events_api")
        assert again.payload["event"]["text"] == "again"
        acknowledge(again)
        assert not server.all(" ! "), server.all(" ! ")
    finally:
        client.close()


with Server("--ack-within", "1") as started:
    run(started)
print(f"python {platform.python_version()}, slack_sdk {__version__} Socket Mode: OK")
