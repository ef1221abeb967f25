// A small codec of HTTP/1.1 that knows no socket: it renders requests and decodes responses.

const MOST_HEAD = 64 * 1024;
const MOST_BODY = 64 << 20;
const NOTHING = Buffer.alloc(0);

/** A whole request, for one write. */
export function request(method, host, target, keepAlive, body) {
  const close = keepAlive ? "" : "Connection: close\r\n";
  if (body === undefined) return `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${close}\r\n`;
  const length = Buffer.byteLength(body);
  return (
    `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${close}` +
    `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`
  );
}

/**
 * Decodes one response after another from one connection: `begin`, then `feed` with each piece
 * that comes, until it gives the response. `end` is the stream's end.
 */
export class Decoder {
  /** Expects the response to a request, and forgets what an earlier one left that failed. */
  begin(method) {
    this.bodiless = method === "HEAD";
    this.buffer = NOTHING;
    this.head = null;
    this.parts = [];
    this.left = 0;
  }

  /** Takes in what was read; `undefined` asks for more. */
  feed(data) {
    if (this.head === null) return this.takeHead(data);
    if (this.head.chunked) return this.takeChunks(data);
    return this.takeBody(data);
  }

  /** The stream has ended. */
  end() {
    if (this.head !== null && this.head.length === undefined && !this.head.chunked) return this.whole();
    const begun = this.head !== null || this.buffer.length > 0;
    throw new Error(
      begun ? "the connection was closed in the middle of a response" : "the connection was closed before a response came",
    );
  }

  takeHead(data) {
    const buffer = this.buffer.length > 0 ? Buffer.concat([this.buffer, data]) : data;
    const end = buffer.indexOf("\r\n\r\n");
    if (end < 0) {
      if (buffer.length > MOST_HEAD) throw new Error(`a head of more than ${MOST_HEAD} bytes`);
      this.buffer = buffer;
      return undefined;
    }
    const head = parse(buffer.latin1Slice(0, end));
    const rest = buffer.subarray(end + 4);
    this.buffer = NOTHING;
    // An interim response is not the one that counts.
    if (head.status < 200) return rest.length > 0 ? this.takeHead(rest) : undefined;
    if (this.bodiless || head.status === 204 || head.status === 304) {
      head.length = 0;
      head.chunked = false;
    }
    this.head = head;
    if (head.chunked) return this.takeChunks(rest);
    if (head.length > MOST_BODY) throw new Error(`a body of more than ${MOST_BODY} bytes`);
    this.left = head.length ?? Infinity;
    return this.takeBody(rest);
  }

  takeBody(data) {
    this.left -= data.length;
    if (this.left < 0) throw new Error("bytes behind the end of a response");
    if (data.length > 0) this.parts.push(data);
    return this.left === 0 ? this.whole() : undefined;
  }

  takeChunks(data) {
    let buffer = this.buffer.length > 0 ? Buffer.concat([this.buffer, data]) : data;
    for (;;) {
      const end = buffer.indexOf("\r\n");
      if (end < 0) break;
      const digits = buffer.latin1Slice(0, end).split(";")[0].trim();
      const size = /^[0-9a-fA-F]{1,8}$/.test(digits) ? parseInt(digits, 16) : -1;
      if (size < 0 || size > MOST_BODY) throw new Error("a chunk whose size is none");
      if (size === 0) {
        // Trailer fields, up to an empty line.
        const last = buffer.indexOf("\r\n\r\n", end);
        if (last < 0) break;
        if (buffer.length > last + 4) throw new Error("bytes behind the end of a response");
        return this.whole();
      }
      const begin = end + 2;
      if (buffer.length < begin + size + 2) break;
      if (buffer.latin1Slice(begin + size, begin + size + 2) !== "\r\n") {
        throw new Error("a chunk that is longer than it says");
      }
      this.parts.push(buffer.subarray(begin, begin + size));
      buffer = buffer.subarray(begin + size + 2);
    }
    this.buffer = buffer;
    return undefined;
  }

  whole() {
    const { parts, head } = this;
    const body = parts.length === 1 ? parts[0] : parts.length === 0 ? NOTHING : Buffer.concat(parts);
    return { status: head.status, body, keepAlive: head.keepAlive && (head.chunked || head.length !== undefined) };
  }
}

/** What the codec needs of a head. */
function parse(text) {
  const lines = text.split("\r\n");
  const first = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: |$)/.exec(lines[0]);
  if (first === null) throw new Error("what came does not begin as HTTP/1 does");
  const head = { status: Number(first[2]), length: undefined, chunked: false, keepAlive: first[1] === "1" };
  for (let n = 1; n < lines.length; n++) {
    const line = lines[n];
    const colon = line.indexOf(":");
    if (colon < 1 || line[colon - 1] === " ") throw new Error("a field of the head without its name");
    // Lengths differ, so most fields cost one comparison.
    if (colon !== 10 && colon !== 14 && colon !== 17) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "content-length") {
      if (!/^[0-9]+$/.test(value) || (head.length !== undefined && head.length !== Number(value))) {
        throw new Error("a length of the body that is none");
      }
      head.length = Number(value);
    } else if (name === "transfer-encoding") {
      if (value.toLowerCase() !== "chunked") throw new Error("a transfer coding other than chunked");
      head.chunked = true;
    } else if (name === "connection") {
      const options = value.toLowerCase().split(",").map((option) => option.trim());
      if (options.includes("close")) head.keepAlive = false;
      else if (options.includes("keep-alive")) head.keepAlive = true;
    }
  }
  if (head.chunked && head.length !== undefined) throw new Error("a body with two lengths");
  return head;
}
