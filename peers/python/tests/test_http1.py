import unittest

from bakeoff_peer.http1 import Decoder, HttpError, request


def decode(text: bytes, method: str = "GET", at_once: int = 1 << 20, end: bool = False):
    decoder = Decoder()
    decoder.begin(method)
    for at in range(0, len(text), at_once):
        if response := decoder.feed(text[at : at + at_once]):
            return response
    return decoder.feed(b"") if end else None


class Requests(unittest.TestCase):
    def test_what_is_sent(self):
        self.assertEqual(
            request("GET", "bakery.test", "/items/7?sample=1", True),
            b"GET /items/7?sample=1 HTTP/1.1\r\nHost: bakery.test\r\n\r\n",
        )
        posted = request("POST", "bakery.test", "/items", False, b"{}")
        self.assertIn(b"Connection: close\r\n", posted)
        self.assertTrue(posted.endswith(b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"))


class Responses(unittest.TestCase):
    def test_a_response_is_the_same_however_it_comes(self):
        counted = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ncake"
        chunked = (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2\r\nca\r\n2;x=y\r\nke\r\n0\r\nTrailer: 1\r\n\r\n"
        )
        for text in (counted, chunked):
            for at_once in (1, 2, 3, 7, 1000):
                response = decode(text, at_once=at_once)
                self.assertEqual((response.status, response.body, response.keep_alive), (200, b"cake", True))

    def test_where_a_body_ends(self):
        self.assertEqual(decode(b"HTTP/1.1 204 No Content\r\n\r\n").body, b"")
        self.assertEqual(decode(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD").body, b"")
        to_the_end = decode(b"HTTP/1.1 200 OK\r\n\r\ncake", end=True)
        self.assertEqual((to_the_end.body, to_the_end.keep_alive), (b"cake", False))
        closing = decode(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        self.assertFalse(closing.keep_alive)

    def test_what_is_broken_is_refused(self):
        for text, why in [
            (b"", "before a response"),
            (b"HTTP/1.1 20", "middle"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncake", "middle"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nca", "middle"),
            (b"SSH-2.0-cake\r\n", "HTTP/1"),
            (b"HTTP/1.1 abc OK\r\n\r\n", "HTTP/1"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n", "length"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n", "length"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", "two lengths"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "coding"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\n", "chunk"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\ncake\r\n", "longer"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\ncake", "behind"),
            (b"HTTP/1.1 200 OK\r\ncake\r\n\r\n", "field"),
        ]:
            with self.subTest(text=text), self.assertRaisesRegex(HttpError, why):
                decode(text, end=True)
