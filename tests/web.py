"""A web server on this machine that serves files as a test wants: badly."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PAGE = b"<html><body>Please log in.</body></html>"


@dataclass
class Answer:
    """How a request is answered.

    Arguments:
        status: The HTTP status; 200 is 206 where a range is asked for and `ranges` is set.
        ranges: Whether ranges are known.
        stop: The number of bytes of the body after which the connection ends.
        headers: Headers besides the usual ones; an empty text removes one.
        body: The body, instead of the file.
        wait: An event before which nothing is sent.
        hold: An event before which the connection does not end.
    """

    status: int = 200
    ranges: bool = True
    stop: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    wait: threading.Event | None = None
    hold: threading.Event | None = None


class Site(AbstractContextManager):
    """A server of files by path.

    Attributes:
        files: The content of the files.
        answers: How the next requests are answered, before all others are answered well.
        requests: (path, range) of all requests so far.
        tag: The ETag of all files.
    """

    def __init__(self, **files: bytes) -> None:
        self.files = {f"/{name}": content for name, content in files.items()}
        self.answers: list[Answer] = []
        self.requests: list[tuple[str, str | None]] = []
        self.tag = '"one"'
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # the name that the library calls
                site.answer(self)

            def log_message(self, *args: object) -> None:
                return None

        class Server(ThreadingHTTPServer):
            def handle_error(self, *args: object) -> None:
                return None  # the other side may leave

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *args: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path, asked = urlsplit(request.path).path, request.headers.get("Range")
        self.requests.append((path, asked))
        how = self.answers.pop(0) if self.answers else Answer()
        if how.wait:
            how.wait.wait(20)
        status, body = how.status, how.body
        headers = {"Content-Type": "application/octet-stream", "ETag": self.tag}
        if body is None and path not in self.files:
            status, body = 404, b""
        if body is None:
            body = self.files[path]
            same = request.headers.get("If-Range", self.tag) == self.tag
            if asked and how.ranges and same and status == 200:
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
                if start >= len(body):
                    status, headers["Content-Range"] = 416, f"bytes */{len(body)}"
                    body = b""
                else:
                    status = 206
                    headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
                    body = body[start:]
        headers["Content-Length"] = str(len(body))
        headers |= how.headers
        request.send_response(status)
        for name, value in headers.items():
            if value:
                request.send_header(name, value)
        request.close_connection = how.stop is not None or not headers["Content-Length"]
        request.end_headers()
        request.wfile.write(body[: how.stop])
        if how.hold:
            request.wfile.flush()
            how.hold.wait(20)
