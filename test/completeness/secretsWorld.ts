import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ForwarderProcess } from "./forwarderProcess";
import { credentialOf, type HostileAnswer } from "./hostileAnswers";
import { Marks } from "./marks";
import { type Asked, type Peer, type PeerAnswer, passOn, startPeer } from "./peer";
import { Search } from "./search";

/** What happened to be asked, and answers that wait for a request of their path. */
export class HostilePeer {
  readonly waiting: { path: string; answer: HostileAnswer; alternating: boolean }[] = [];
  /** Paths whose next request gets the usual answer. */
  private readonly spared = new Set<string>();
  private peer: Peer | undefined;

  /** @param usual the answer when no hostile one waits */
  static async start(
    usual: (asked: Asked) => PeerAnswer | Promise<PeerAnswer>,
    seen: (asked: Asked) => void,
    tls?: { key: string; cert: string },
  ): Promise<HostilePeer> {
    const hostile = new HostilePeer();
    hostile.peer = await startPeer((asked) => {
      seen(asked);
      const next = hostile.waiting.findIndex(({ path }) => asked.path.startsWith(path));
      const spared = next === -1 || hostile.spared.delete(hostile.waiting[next]!.path);
      if (spared) return usual(asked);
      const { path, answer, alternating } = hostile.waiting.splice(next, 1)[0]!;
      if (alternating) hostile.spared.add(path);
      return answer(asked);
    }, tls);
    return hostile;
  }

  get url(): string {
    return this.peer!.url;
  }

  /** Each of these is the answer to one request whose path begins so; `alternating` with usual ones. */
  plan(path: string, answers: readonly HostileAnswer[], alternating = false): void {
    this.waiting.push(...answers.map((answer) => ({ path, answer, alternating })));
  }

  async close(): Promise<void> {
    await this.peer!.close();
  }
}

/** The marks, what is searched, and the peers that hold the credentials against the forwarder. */
export class SecretsWorld {
  readonly marks = new Marks();
  readonly search = new Search();
  readonly folder = mkdtempSync(join(tmpdir(), "zitadel-siem-secrets-"));
  /** Credentials that were used, by what they are. */
  readonly credentials = new Map<string, string>();
  private readonly peers: HostilePeer[] = [];
  private polled: { stop: AbortController; done: Promise<void> }[] = [];

  /** A credential that is planted as a file or a value. */
  credential(what: string, shape: (mark: string) => string = (mark) => mark): string {
    const text = shape(this.marks.make("secret", what));
    this.credentials.set(what, text);
    return text;
  }

  /** A server that stands between the forwarder and another, and keeps every credential that it sees. */
  async between(origin: string): Promise<HostilePeer> {
    return this.start(async (asked) => {
      const answer = await passOn(asked, origin);
      const { access_token: token } = /"access_token"/.test(answer.body ?? "")
        ? JSON.parse(answer.body!)
        : {};
      if (token !== undefined) this.saw("access token", token);
      return answer;
    });
  }

  async start(
    usual: (asked: Asked) => PeerAnswer | Promise<PeerAnswer>,
    tls?: { key: string; cert: string },
  ): Promise<HostilePeer> {
    const peer = await HostilePeer.start(usual, (asked) => this.noteCredential(asked), tls);
    this.peers.push(peer);
    return peer;
  }

  /** Reads everything that the forwarder shows, again and again. */
  watch(forwarder: ForwarderProcess): void {
    const stop = new AbortController();
    const look = async () => {
      while (!stop.signal.aborted) {
        for (const path of ["/readyz", "/metrics", "/livez"] as const) {
          const page = await forwarder.health(path);
          if (page) this.search.add(path, path, page.text);
        }
        const status = await forwarder.status();
        if (status) this.search.add("status page", "/", status.text);
        await delay(150, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    };
    this.polled.push({ stop, done: look() });
  }

  async unwatch(): Promise<void> {
    for (const { stop, done } of this.polled.splice(0)) {
      stop.abort();
      await done;
    }
  }

  write(folder: string, files: Record<string, string>): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
  }

  async close(): Promise<void> {
    await this.unwatch();
    for (const peer of this.peers) await peer.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private noteCredential(asked: Asked): void {
    if (asked.headers.authorization) this.saw("authorization header", credentialOf(asked));
    else if (asked.body.includes("assertion=")) this.saw("assertion", credentialOf(asked));
  }

  /** Assertions differ in their payload and signature alone: what every one begins with is no secret. */
  private saw(what: string, text: string): void {
    if ([...this.credentials.values()].includes(text)) return;
    const own = text.startsWith("eyJ") ? text.slice(text.indexOf(".") + 1) : text;
    this.credentials.set(`${what} ${this.credentials.size}`, own);
  }
}
