import type { Asked, PeerAnswer } from "./peer";

/** Makes a text with a mark that must not be found anywhere. */
export type MakeSecret = (where: string) => string;

/** An answer that holds secrets: those of the request, and marked ones of its own. */
export type HostileAnswer = (asked: Asked) => PeerAnswer;

const json = { "content-type": "application/json" };

/** The credential of a request: its header without the scheme, or the assertion in a token request. */
export function credentialOf({ headers, body }: Asked): string {
  return headers.authorization?.replace(/^\S+ /, "") ?? new URLSearchParams(body).get("assertion") ?? body;
}

/** What any server may answer that is wrong, broken, or repeats what it was asked. */
export function answersOfAnybody(secret: MakeSecret): HostileAnswer[] {
  const marked = (where: string) => secret(`an answer: ${where}`);
  const inHeader = (where: string) => marked(where).replace(/[^\x20-\x7e]/g, " ");
  const raw = (text: (asked: Asked) => string): HostileAnswer => {
    return (asked) => ({ status: 0, raw: text(asked) });
  };
  return [
    (asked) => ({ status: 500, body: `failed on ${JSON.stringify(asked)}, ${marked("500")}` }),
    (asked) => ({ status: 502, headers: { "x-echo": credentialOf(asked) }, body: asked.body }),
    (asked) => ({
      status: 401,
      headers: { "www-authenticate": `Bearer ${inHeader("401")}` },
      body: credentialOf(asked),
    }),
    (asked) => ({ status: 403, body: `no: ${credentialOf(asked)} ${marked("403")}` }),
    (asked) => ({
      status: 302,
      headers: { location: `https://x/?t=${encodeURIComponent(marked("302") + credentialOf(asked))}` },
    }),
    () => ({ status: 404, body: `<html>${marked("404")}</html>` }),
    () => ({ status: 429, headers: { "retry-after": inHeader("retry-after") } }),
    () => ({ status: 503, reason: inHeader("reason"), body: marked("503") }),
    raw(() => `${marked("no HTTP")}\r\n\r\n`),
    raw(() => `HTTP/1.1 200 OK\r\ncontent-length: ${inHeader("length")}\r\n\r\n`),
    raw(() => `HTTP/1.1 200 OK\r\n${inHeader("a header's name")}: x\r\n\r\n{}`),
    raw((asked) => `HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{"${marked("cut")}${credentialOf(asked)}`),
  ];
}

/** What something in ZITADEL's place may answer. */
export function answersOfZitadel(secret: MakeSecret): HostileAnswer[] {
  const marked = (where: string) => secret(`an answer of ZITADEL: ${where}`);
  const error = (status: number, message: (asked: Asked) => string): HostileAnswer => {
    return (asked) => {
      const body = { code: 2, message: message(asked), details: [{ message: marked("details") }] };
      return { status, headers: json, body: JSON.stringify(body) };
    };
  };
  const refused = (status: number, description: (asked: Asked) => string): HostileAnswer => {
    return (asked) => {
      const body = { error: "server_error", error_description: description(asked) };
      return { status, headers: json, body: JSON.stringify(body) };
    };
  };
  const accepted = (body: () => unknown): HostileAnswer => {
    return () => ({ status: 200, headers: json, body: JSON.stringify(body()) });
  };
  return [
    ...[400, 401, 403, 404, 429, 500, 503].map((status) =>
      error(status, () => `bad: ${marked(String(status))}`),
    ),
    error(500, (asked) => `cannot use ${credentialOf(asked)}`),
    error(500, (asked) => credentialOf(asked).slice(0, credentialOf(asked).length / 2)),
    error(500, (asked) => credentialOf(asked).slice(credentialOf(asked).length / 2)),
    error(401, (asked) => `Errors.Token.Invalid ${credentialOf(asked)} (AUTH-7fs1e)`),
    error(500, (asked) => `request was ${JSON.stringify(asked)}`),
    error(500, (asked) => `Authorization=${encodeURIComponent(`Bearer ${credentialOf(asked)}`)}`),
    refused(500, credentialOf),
    refused(400, (asked) => `assertion=${credentialOf(asked)}`),
    refused(500, (asked) => asked.body),
    () => ({ status: 200, headers: json, body: `{"events":[{"${marked("broken JSON")}` }),
    accepted(() => ({
      events: marked("no list"),
      eventTypes: marked("no list"),
      instance: marked("no object"),
    })),
    accepted(() => [marked("a list")]),
    accepted(() => marked("a text")),
    accepted(() => ({ access_token: { token: marked("token") }, instance: { id: { id: marked("id") } } })),
  ];
}

/** Events that are none, each with secrets where its identity should be. */
export function poisonPages(secret: MakeSecret): HostileAnswer[] {
  const marked = (where: string) => secret(`a poison event: ${where}`);
  const event = () => ({
    editor: { userId: marked("editor"), displayName: marked("display name") },
    aggregate: {
      id: marked("aggregate"),
      type: { type: marked("aggregate type") },
      resourceOwner: marked("owner"),
    },
    sequence: marked("sequence"),
    creationDate: marked("creation date"),
    payload: { value: marked("payload") },
    type: { type: marked("type") },
  });
  const page = (events: () => unknown[]): HostileAnswer => {
    return () => ({ status: 200, headers: json, body: JSON.stringify({ events: events() }) });
  };
  return [
    page(() => [event()]),
    page(() => [{ ...event(), sequence: "1" }]),
    page(() => [marked("no object"), [marked("a list")], { [marked("a key")]: marked("a value") }]),
  ];
}
