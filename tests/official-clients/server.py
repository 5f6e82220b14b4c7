"""A fake-slack program, as the scripts for python start it and talk to it."""

import os
import subprocess
import threading

# The longest time to wait for a line.
LONGEST_S = 10


class Server:
    """A server with these options."""

    def __init__(self, *options):
        self._program = subprocess.Popen(
            [os.environ["FAKE_SLACK"], "--plain", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.api_base = self._value("API base")
        self.token = self._value("bot's token")
        self.app_token = self._value("app token")
        self.refresh_token = self._value("refresh token")
        self.client_id, self.client_secret = self._value("client ").split()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._program.stdin.close()
        self._program.wait()
        self._reader.join()
        self._program.stdout.close()

    def command(self, text, answer):
        """Types a command, and waits for a line with this text."""
        start = len(self._lines)
        self._program.stdin.write(text + "\n")
        self._program.stdin.flush()
        self._line(answer, start)

    def seen(self, text):
        """Waits for a line with this text, which may have been there before."""
        self._line(text)

    def all(self, text):
        """The lines with this text so far."""
        with self._changed:
            return [line for line in self._lines if text in line]

    def _read(self):
        for line in self._program.stdout:
            with self._changed:
                self._lines.append(line.rstrip("\n"))
                self._changed.notify_all()

    def _line(self, text, start=0):
        def found():
            return next((line for line in self._lines[start:] if text in line), None)

        with self._changed:
            line = self._changed.wait_for(found, LONGEST_S)
        assert line is not None, f"no line has {text}: {self._lines}"
        return line

    def _value(self, name):
        return self._line(name)[len(name) :].strip()
