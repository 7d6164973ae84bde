import { beforeEach, describe, expect, it } from "vitest";
import type { ServerMessage } from "../wire.gen";
import { Connection, type Link, type Socket } from "./connection";

class FakeSocket implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: { type: string; id?: number }[] = [];
  closed = false;
  readyState = 0;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as { type: string; id?: number });
  }
  close(): void {
    this.closed = true;
  }
  opens(): void {
    this.readyState = 1;
    this.onopen?.({} as Event);
  }
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent<unknown>);
  }
  ends(code: number): void {
    this.onclose?.({ code } as CloseEvent);
  }
}

/** A clock that is moved by hand; timers fire on the way. */
class World {
  now_ms = 0;
  readonly sockets: FakeSocket[] = [];
  private timers: { at_ms: number; callback: () => void }[] = [];
  random = () => 0;

  open = (): Socket => {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  };
  now = (): number => this.now_ms;
  later = (callback: () => void, delay_ms: number): (() => void) => {
    const timer = { at_ms: this.now_ms + delay_ms, callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  };
  pass(ms: number): void {
    const until_ms = this.now_ms + ms;
    for (;;) {
      const next = this.timers.filter((timer) => timer.at_ms <= until_ms).sort((a, b) => a.at_ms - b.at_ms)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.now_ms = Math.max(this.now_ms, next.at_ms);
      next.callback();
    }
    this.now_ms = until_ms;
  }
  get socket(): FakeSocket {
    const last = this.sockets[this.sockets.length - 1];
    if (last === undefined) throw new Error("no socket yet");
    return last;
  }
}

describe("contract 5: the line to the live feed", () => {
  let world: World;
  let heard: ServerMessage[];
  let links: Link[];
  let woken: number;
  let connection: Connection;

  beforeEach(() => {
    world = new World();
    heard = [];
    links = [];
    woken = 0;
    connection = new Connection(world, {
      watch: () => ({
        type: "watch",
        machines: "*",
        rate_hz: 30,
        resume: { "a/b": { session: "s", id: world.sockets.length } },
      }),
      message: (message) => heard.push(message),
      link: (link) => links.push(link),
      woke: () => {
        woken += 1;
      },
    });
    connection.start();
  });

  it("sends watch first, then pings, fast at first", () => {
    world.socket.opens();
    expect(world.socket.sent.map((message) => message.type)).toEqual(["watch", "ping"]);
    world.pass(1000);
    expect(world.socket.sent.filter((message) => message.type === "ping")).toHaveLength(6);
  });

  it("learns the clock's offset from the quickest pong", () => {
    world.socket.opens();
    world.socket.says({ type: "hello", protocol: 1, server_ns: 70_000_000_000 });
    world.now_ms = 20;
    world.socket.says({ type: "pong", id: world.socket.sent[1]?.id, server_ns: 80_010_000_000 });
    expect(connection.clock.local(80_010)).toBeCloseTo(10, 6);
    expect(heard.map((message) => message.type)).toEqual(["hello", "pong"]);
  });

  it("comes back after a jittered wait and resumes", () => {
    world.socket.opens();
    world.socket.says({ type: "hello", protocol: 1, server_ns: 1 });
    world.socket.ends(1012);
    expect(world.sockets).toHaveLength(1);
    world.pass(249);
    expect(world.sockets).toHaveLength(1);
    world.pass(2);
    expect(world.sockets).toHaveLength(2);
    world.socket.opens();
    expect(world.socket.sent[0]).toMatchObject({ type: "watch", resume: { "a/b": { session: "s", id: 2 } } });
    expect(links).toEqual(["connecting", "open", "closed", "connecting", "open"]);
  });

  it("waits longer each time in vain", () => {
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      const sockets = world.sockets.length;
      world.socket.ends(1006);
      const from_ms = world.now_ms;
      while (world.sockets.length === sockets) world.pass(10);
      waits.push(world.now_ms - from_ms);
    }
    expect(waits[0]).toBeLessThanOrEqual(260);
    expect(waits[6]).toBeGreaterThanOrEqual(2500);
    expect(Math.max(...waits)).toBeLessThanOrEqual(5010);
  });

  it("leaves a line on which nothing is heard", () => {
    world.socket.opens();
    const first = world.socket;
    world.pass(9000);
    expect(first.closed).toBe(true);
    expect(world.sockets.length).toBeGreaterThan(1);
  });

  it("F17: after sleep drops the queue unread and takes a new line", () => {
    world.socket.opens();
    world.socket.says({ type: "hello", protocol: 1, server_ns: 1 });
    const asleep = world.socket;
    world.now_ms += 30 * 60_000; // no timer ran
    asleep.says({ type: "feed", machine: "a/b", state: "live" });
    asleep.says({ type: "feed", machine: "a/b", state: "live" });
    expect(heard.map((message) => message.type)).toEqual(["hello"]);
    expect(asleep.closed).toBe(true);
    expect(world.sockets).toHaveLength(2);
    expect(woken).toBe(1);
  });

  it("F17: a suspended computer, whose clock stood still with it, leaves the line as well", () => {
    world.socket.opens();
    world.now_ms = 2;
    world.socket.says({ type: "pong", id: world.socket.sent[1]?.id, server_ns: 1_000_000_000 });
    world.socket.says({ type: "frame", machine: "a/b", sent_ns: 31_000_000_000 });
    expect(heard.map((message) => message.type)).toEqual(["pong"]);
    expect(world.sockets).toHaveLength(2);
    expect(woken).toBe(1);
  });

  it("skips text that is no message", () => {
    world.socket.opens();
    world.socket.onmessage?.({ data: "{" } as MessageEvent<unknown>);
    world.socket.onmessage?.({ data: new ArrayBuffer(2) } as MessageEvent<unknown>);
    expect(heard).toEqual([]);
  });

  it("says nothing into a socket that is closing", () => {
    world.socket.opens();
    const said = world.socket.sent.length;
    world.socket.readyState = 2;
    world.pass(1000);
    connection.watch();
    expect(world.socket.sent).toHaveLength(said);
  });

  it("stops for good when told", () => {
    world.socket.opens();
    connection.stop();
    world.pass(60_000);
    expect(world.sockets).toHaveLength(1);
    expect(world.socket.closed).toBe(true);
  });
});
