"""A server of items for tests: as much of the mock server as a runner can see."""

import socketserver
import threading
import zlib
from json import loads

from bakeoff_peer import generators

SEED = 20240229


class Server(socketserver.ThreadingTCPServer):
    """Serves items of SEED, 128 bytes each."""

    daemon_threads = allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, fault: str = ""):
        super().__init__(("127.0.0.1", 0), Handler)
        #: What is done wrong with every 20th item.
        self.fault = fault
        #: First lines of requests, and connections.
        self.seen: list[str] = []
        self.connections = 0

    def handle_error(self, request, client_address):
        """A runner whose order failed closes its connections: no error of ours."""

    @property
    def address(self) -> str:
        host, port = self.server_address
        return f"{host}:{port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return super().__enter__()

    def __exit__(self, *error):
        self.shutdown()
        super().__exit__(*error)


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        self.server.connections += 1
        while first := self.rfile.readline().decode():
            fields = dict(iter(self.field, None))
            body = self.rfile.read(int(fields.get("content-length", 0)))
            method, target, _ = first.split()
            if target == "/ready":
                self.wfile.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                continue
            self.server.seen.append(first.strip())
            close = fields.get("connection") == "close"
            if not self.answer(method, target, body, close) or close:
                break

    def field(self):
        line = self.rfile.readline().decode().strip()
        name, _, value = line.partition(":")
        return (name.lower(), value.strip().lower()) if line else None

    def answer(self, method: str, target: str, body: bytes, close: bool) -> bool:
        path = target.partition("?")[0]
        id = loads(body)["id"] if method == "POST" else int(path.rpartition("/")[2])
        status = {"DELETE": "204 No Content", "POST": "201 Created"}.get(method, "200 OK")
        content = b""
        if method in ("GET", "HEAD"):
            content = generators.body(SEED, id, 128)
        elif method in ("PUT", "POST"):
            receipt = generators.receipt(SEED, id, zlib.crc32(body))
            content = f'{{"id":{id},"receipt":"{receipt:016x}"}}'.encode()
        length = b"" if method == "DELETE" else b"Content-Length: %d\r\n" % len(content)
        last = b"Connection: close\r\n" if close else b""
        head = b"HTTP/1.1 %s\r\n%s%s\r\n" % (status.encode(), length, last)
        if self.server.fault and id % 20 == 19:
            return self.do_wrong(head, content)
        self.wfile.write(head if method == "HEAD" else head + content)
        return True

    def do_wrong(self, head: bytes, content: bytes) -> bool:
        match self.server.fault:
            case "truncate":
                self.wfile.write(head + content[:64])
            case "status500":
                self.wfile.write(b"HTTP/1.1 500 Oh No\r\nContent-Length: 0\r\n\r\n")
            case "silence":
                self.rfile.read(1)
        return False
