"""A small sans-I/O codec of HTTP/1.1: it renders requests and decodes responses, and knows no socket."""

MAX_HEAD = 64 * 1024
MAX_BODY = 64 << 20

#: The head's field of a body that is sent.
JSON = {"Content-Type": "application/json"}


class HttpError(Exception):
    """What a server got wrong; its connection is of no further use."""


def request(method: str, host: str, path: str, keep_alive: bool, body: bytes | None = None) -> bytes:
    """A whole request, for one write."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n"
    if not keep_alive:
        head += "Connection: close\r\n"
    if body is None:
        return f"{head}\r\n".encode()
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Response:
    """A response that came whole."""

    __slots__ = ("status", "body", "keep_alive")

    def __init__(self, status: int, body: bytes, keep_alive: bool):
        self.status, self.body, self.keep_alive = status, body, keep_alive


class Decoder:
    """Decodes one response after another from one connection.

    ``begin`` expects the response to a request; then each piece that was read goes to ``feed``, the
    empty one of a stream's end too, until it returns the response.
    """

    __slots__ = ("_take", "_bodiless", "_buffer", "_parts", "_left", "_status", "_keep_alive")

    def begin(self, method: str) -> None:
        """Expects a response, and forgets what an earlier one left that failed."""
        self._take = self._head
        self._bodiless = method == "HEAD"
        self._buffer = b""
        self._parts = []

    def feed(self, data: bytes) -> Response | None:
        """Takes in what was read; ``None`` asks for more."""
        return self._take(data)

    def _head(self, data: bytes) -> Response | None:
        if not data:
            raise HttpError(
                "the connection was closed in the middle of a response"
                if self._buffer
                else "the connection was closed before a response came"
            )
        buffer = self._buffer + data if self._buffer else data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            if not b"HTTP/1.".startswith(buffer[:7]):
                raise HttpError("what came does not begin as HTTP/1 does")
            if len(buffer) > MAX_HEAD:
                raise HttpError(f"a head of more than {MAX_HEAD} bytes")
            self._buffer = buffer
            return None
        status, length, chunked, self._keep_alive = _parse(buffer[:end])
        rest = buffer[end + 4 :]
        if status < 200:
            # An interim response: the one that counts is still to come.
            self._buffer = b""
            return self._head(rest) if rest else None
        self._status = status
        if self._bodiless or status in (204, 304):
            length, chunked = 0, False
        if chunked:
            self._buffer = b""
            self._take = self._chunked
            return self._chunked(rest) if rest else None
        if length is None:
            self._take = self._until_end
            self._keep_alive = False
            if rest:
                self._parts.append(rest)
            return None
        if length > MAX_BODY:
            raise HttpError(f"a body of more than {MAX_BODY} bytes")
        if len(rest) == length:
            return Response(status, rest, self._keep_alive)
        self._left = length
        self._take = self._counted
        return self._counted(rest) if rest else None

    def _counted(self, data: bytes) -> Response | None:
        if not data:
            raise HttpError("the connection was closed in the middle of a response")
        self._left -= len(data)
        if self._left < 0:
            raise HttpError("bytes behind the end of a response")
        self._parts.append(data)
        return None if self._left else self._whole()

    def _until_end(self, data: bytes) -> Response | None:
        if not data:
            return self._whole()
        self._parts.append(data)
        return None

    def _chunked(self, data: bytes) -> Response | None:
        if not data:
            raise HttpError("the connection was closed in the middle of a response")
        buffer = self._buffer + data if self._buffer else data
        while True:
            end = buffer.find(b"\r\n")
            if end < 0:
                break
            size = _chunk_size(buffer[:end])
            if size == 0:
                # Trailer fields, up to an empty line.
                trailers = buffer[end:]
                if (last := trailers.find(b"\r\n\r\n")) < 0:
                    break
                if len(trailers) > last + 4:
                    raise HttpError("bytes behind the end of a response")
                return self._whole()
            begin = end + 2
            if len(buffer) < begin + size + 2:
                break
            if buffer[begin + size : begin + size + 2] != b"\r\n":
                raise HttpError("a chunk that is longer than it says")
            self._parts.append(buffer[begin : begin + size])
            buffer = buffer[begin + size + 2 :]
        self._buffer = buffer
        return None

    def _whole(self) -> Response:
        parts = self._parts
        return Response(self._status, parts[0] if len(parts) == 1 else b"".join(parts), self._keep_alive)


def _parse(head: bytes) -> tuple[int, int | None, bool, bool]:
    """Status, length of the body, whether it is chunked, and whether the connection stays."""
    lines = head.split(b"\r\n")
    first = lines[0]
    if first[:7] != b"HTTP/1." or not first[9:12].isdigit() or first[8:9] != b" ":
        raise HttpError("what came does not begin as HTTP/1 does")
    length, chunked, keep_alive = None, False, first[7:8] == b"1"
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not name or name[-1:].isspace():
            raise HttpError("a field of the head without its name")
        name = name.lower()
        if name == b"content-length":
            value = value.strip()
            if not value.isdigit() or (length is not None and length != int(value)):
                raise HttpError("a length of the body that is none")
            length = int(value)
        elif name == b"transfer-encoding":
            if value.strip().lower() != b"chunked":
                raise HttpError("a transfer coding other than chunked")
            chunked = True
        elif name == b"connection":
            options = [option.strip() for option in value.lower().split(b",")]
            if b"close" in options:
                keep_alive = False
            elif b"keep-alive" in options:
                keep_alive = True
    if chunked and length is not None:
        raise HttpError("a body with two lengths")
    return int(first[9:12]), length, chunked, keep_alive


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    try:
        # `int` would take signs and underscores as well.
        size = int(digits, 16) if digits.isalnum() else -1
    except ValueError:
        size = -1
    if not 0 <= size <= MAX_BODY:
        raise HttpError("a chunk whose size is none")
    return size
