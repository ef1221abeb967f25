// The ranked client: sockets of node:net and one small codec of ours.

import { connect } from "node:net";

import { inWords } from "./errors.js";
import { TooLate } from "./fetch.js";
import { Decoder, request } from "./http1.js";

const HOST = "bakery.test";

/** A socket that gives the codec what comes, and settles a promise when a response is whole. */
class Connection {
  static open({ host, port }, session) {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      const connection = new Connection(socket);
      session.connecting = connection;
      socket.once("connect", () => resolve(connection));
      connection.reject = reject;
    });
  }

  constructor(socket) {
    this.socket = socket;
    this.decoder = this.resolve = this.reject = this.lost = null;
    socket.on("data", (data) => this.take((decoder) => decoder.feed(data)));
    socket.on("end", () => {
      this.lost = new Error("the connection was closed");
      this.take((decoder) => decoder.end());
    });
    socket.on("error", (error) => this.fail(inWords(error)));
  }

  exchange(text, decoder) {
    if (this.lost) return Promise.reject(this.lost);
    return new Promise((resolve, reject) => {
      this.decoder = decoder;
      this.resolve = resolve;
      this.reject = reject;
      this.socket.write(text);
    });
  }

  take(feed) {
    if (this.resolve === null) return;
    try {
      const response = feed(this.decoder);
      if (response === undefined) return;
      const { resolve } = this;
      this.resolve = this.reject = null;
      resolve(response);
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error) {
    this.lost = error;
    const { reject } = this;
    this.resolve = this.reject = null;
    reject?.(error);
  }

  close() {
    this.lost = new Error("the connection was closed");
    this.socket.destroy();
  }
}

export class Client {
  constructor(fetch) {
    this.fetch = fetch;
  }

  async open() {
    const session = { connection: null, connecting: null, decoder: new Decoder() };
    if (this.fetch.keepAlive) {
      session.connection = await Connection.open(this.fetch.addresses[0], session);
      session.decoder.begin("GET");
      await session.connection.exchange(request("GET", HOST, "/ready", true), session.decoder);
    }
    return session;
  }

  async close(session) {
    session.connection?.close();
  }

  async exchange(session, address, target, form) {
    const { timeout } = this.fetch;
    if (timeout === 0) return this.attempt(session, address, target, form);
    let timer;
    const late = new Promise((resolve, reject) => {
      timer = setTimeout(() => {
        session.connecting?.fail(new TooLate());
        reject(new TooLate());
      }, Math.ceil(timeout / 1e6));
    });
    try {
      return await Promise.race([this.attempt(session, address, target, form), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async attempt(session, address, target, form) {
    const { method, keepAlive } = this.fetch;
    const { decoder } = session;
    session.connection ??= await Connection.open(address, session);
    const { connection } = session;
    decoder.begin(method);
    const response = await connection.exchange(request(method, HOST, target, keepAlive, form), decoder);
    if (!keepAlive || !response.keepAlive) {
      session.connection = null;
      connection.close();
    }
    return response;
  }
}
