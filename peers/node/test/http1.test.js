import assert from "node:assert";
import { test } from "node:test";

import { Decoder, request } from "../http1.js";

function decode(text, { method = "GET", atOnce = 1 << 20 } = {}) {
  const decoder = new Decoder();
  decoder.begin(method);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += atOnce) {
    const response = decoder.feed(bytes.subarray(at, at + atOnce));
    if (response) return response;
  }
  return decoder.end();
}

test("what is sent", () => {
  assert.equal(request("GET", "bakery.test", "/items/7", true), "GET /items/7 HTTP/1.1\r\nHost: bakery.test\r\n\r\n");
  assert.match(request("POST", "bakery.test", "/items", false, "{}"), /\r\nConnection: close\r\n.*\r\nContent-Length: 2\r\n\r\n\{\}$/s);
});

test("a response is the same however it comes", () => {
  for (const text of [
    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ncake",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nca\r\n2;x\r\nke\r\n0\r\nT: 1\r\n\r\n",
  ]) {
    for (const atOnce of [1, 2, 3, 7, 1000]) {
      const { status, body, keepAlive } = decode(text, { atOnce });
      assert.deepEqual([status, body.toString(), keepAlive], [200, "cake", true]);
    }
  }
  assert.equal(decode("HTTP/1.1 204 No Content\r\n\r\n").body.length, 0);
  assert.equal(decode("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", { method: "HEAD" }).body.length, 0);
  const toTheEnd = decode("HTTP/1.1 200 OK\r\n\r\ncake");
  assert.deepEqual([toTheEnd.body.toString(), toTheEnd.keepAlive], ["cake", false]);
});

test("what is broken is refused", () => {
  for (const [text, why] of [
    ["", /before a response/],
    ["HTTP/1.1 20", /middle/],
    ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncake", /middle/],
    ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\ncake", /behind/],
    ["HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n", /length/],
    ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", /two lengths/],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\ncake\r\n", /longer/],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\n", /chunk/],
    ["SSH-2.0-cake\r\n\r\n", /HTTP\/1/],
  ]) {
    assert.throws(() => decode(text), why, text);
  }
});
