/**
 * One WebSocket to the live feed that comes back by itself: hello, pings, watch with resume, jittered back-off.
 *
 * Knows no machine and no screen. Time, sockets and chance come from outside, so that tests need neither.
 */
import type { ServerMessage, Watch } from "../wire.gen";
import { backoffMs } from "./backoff";
import { ServerClock } from "./clock";
import { decode } from "./messages";

const OPEN = 1;
const PING_FAST_MS = 150;
const PING_FAST_COUNT = 6;
const PING_MS = 2000;
/** Nothing heard for so long, not even a pong: the line is dead whatever the socket says. */
const DEAD_MS = 6000;
/** The page itself stood still for so long: asleep, or stopped. What has queued up meanwhile is old. */
const ASLEEP_MS = 3000;

export type Link = "connecting" | "open" | "closed";

/** The part of a WebSocket that is used. */
export interface Socket {
  onopen: ((opening: Event) => void) | null;
  onmessage: ((message: MessageEvent<unknown>) => void) | null;
  onclose: ((closing: CloseEvent) => void) | null;
  /** 1 = open (WebSocket.OPEN): while it closes there is nobody to send to. */
  readonly readyState: number;
  send(text: string): void;
  close(): void;
}

export interface Surroundings {
  open(): Socket;
  /** Milliseconds of a clock that never steps. */
  now(): number;
  /** Calls back once; the answer takes it back. */
  later(callback: () => void, delay_ms: number): () => void;
  random(): number;
}

export interface Listener {
  /** What to watch now, with what is known already to resume from. */
  watch(): Watch;
  message(message: ServerMessage, received_ms: number): void;
  link(link: Link, code: number | null): void;
  /** The page slept: forget what was drawn from. */
  woke(): void;
}

export class Connection {
  readonly clock = new ServerClock();
  private readonly around: Surroundings;
  private readonly listener: Listener;
  private socket: Socket | null = null;
  private attempt = 0;
  private pings = new Map<number, number>();
  private pingId = 0;
  private pinged = 0;
  private heard_ms = 0;
  private alive_ms = 0;
  private readonly waiting = new Set<() => void>();
  private closed = false;
  private opened = false;

  constructor(around: Surroundings, listener: Listener) {
    this.around = around;
    this.listener = listener;
  }

  start(): void {
    this.closed = false;
    this.connect();
  }

  stop(): void {
    this.closed = true;
    this.drop();
    this.listener.link("closed", null);
  }

  /** Says anew what to watch; the second watch replaces the first. */
  watch(): void {
    if (this.socket?.readyState === OPEN && this.opened) this.socket.send(JSON.stringify(this.listener.watch()));
  }

  /** Leaves the line and takes a new one at once: the queue of the old one is dropped unread. */
  restart(): void {
    this.drop();
    this.listener.woke();
    this.attempt = 0;
    this.connect();
  }

  private connect(): void {
    const socket = this.around.open();
    this.socket = socket;
    this.heard_ms = this.around.now();
    this.alive_ms = this.heard_ms;
    // Another server, or a page that slept: neither clock need be the old one.
    this.clock.reset();
    this.pings.clear();
    this.pinged = 0;
    this.listener.link("connecting", null);
    socket.onopen = () => {
      this.heard_ms = this.around.now();
      this.opened = true;
      this.watch();
      this.listener.link("open", null);
      this.ping(socket);
    };
    socket.onmessage = ({ data }) => {
      if (!this.awake()) return;
      if (typeof data === "string") this.read(data);
    };
    socket.onclose = ({ code }) => this.lost(code);
    this.after(PING_MS, () => this.supervise());
  }

  private read(text: string): void {
    const received_ms = this.around.now();
    this.heard_ms = received_ms;
    const message = decode(text);
    if (message === null) return;
    const said_ns = message.type === "frame" ? message.sent_ns : message.type === "pong" ? message.server_ns : null;
    if (said_ns !== null && this.clock.refutedBy(said_ns / 1e6, received_ms)) {
      this.restart();
      return;
    }
    if (message.type === "hello") {
      this.attempt = 0;
    } else if (message.type === "pong") {
      const sent_ms = this.pings.get(message.id);
      this.pings.delete(message.id);
      if (sent_ms !== undefined) this.clock.pong(sent_ms, received_ms, message.server_ns);
    }
    this.listener.message(message, received_ms);
  }

  private ping(socket: Socket): void {
    this.pingId += 1;
    this.pinged += 1;
    this.pings.set(this.pingId, this.around.now());
    if (socket.readyState === OPEN) socket.send(JSON.stringify({ type: "ping", id: this.pingId }));
    this.after(this.pinged < PING_FAST_COUNT ? PING_FAST_MS : PING_MS, () => this.ping(socket));
  }

  private supervise(): void {
    if (!this.awake()) return;
    if (this.around.now() - this.heard_ms > DEAD_MS) this.lost(null);
    else this.after(PING_MS / 2, () => this.supervise());
  }

  /** False when this page has just woken; then a new line is being taken. */
  private awake(): boolean {
    const now = this.around.now();
    const slept = now - this.alive_ms > ASLEEP_MS;
    this.alive_ms = now;
    if (slept) this.restart();
    return !slept;
  }

  private lost(code: number | null): void {
    this.drop();
    if (this.closed) return;
    this.listener.link("closed", code);
    const wait_ms = backoffMs(this.attempt, this.around.random());
    this.attempt += 1;
    this.after(wait_ms, () => this.connect());
  }

  private drop(): void {
    for (const cancel of this.waiting) cancel();
    this.waiting.clear();
    const socket = this.socket;
    this.socket = null;
    this.opened = false;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private after(delay_ms: number, callback: () => void): void {
    const cancel = this.around.later(() => {
      this.waiting.delete(cancel);
      callback();
    }, delay_ms);
    this.waiting.add(cancel);
  }
}
