"""Somebody on duty: an HTTP service and a mail server, as small as they can be, that keep what they are sent."""

import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class _Running:
    server: socketserver.BaseServer

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])


class HttpInbox(_Running):
    """Takes what Apprise's ``json://`` sends; refuses it while ``broken``."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.broken = False
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not inbox.broken:
                    inbox.got.append(content)
                self.send_response(503 if inbox.broken else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"json://duty:very-secret-word@127.0.0.1:{self.port}/alerts"


class MailInbox(_Running):
    """Speaks as much SMTP as it takes to receive a mail."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], str]] = []
        inbox = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 inbox")
                to: list[str] = []
                while line := self.rfile.readline():
                    word = line[:4].upper()
                    if word == b"QUIT":
                        self.say("221 bye")
                        return
                    if word == b"RCPT":
                        to.append(line.decode().partition("<")[2].partition(">")[0])
                    if word != b"DATA":
                        self.say("250 ok")
                        continue
                    self.say("354 go on")
                    text = b""
                    while (line := self.rfile.readline()) not in (b".\r\n", b""):
                        text += line
                    inbox.got.append((to, text.decode()))
                    self.say("250 ok")

            def say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=panel@mops.example&to=dyzur@mops.example"
