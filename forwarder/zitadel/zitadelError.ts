import { FaultError } from "../fault";
import { retryAfterMillis } from "../http/retryAfter";
import { serverWords } from "../records/redaction/serverWords";

/** What can be wrong between the forwarder and ZITADEL; each kind has a remedy of its own. */
export type ZitadelErrorKind =
  | "unreachable"
  | "not trusted"
  | "slow"
  | "unavailable"
  | "throttled"
  | "wrong host"
  | "wrong address"
  | "token refused"
  | "key refused"
  | "key unreadable"
  | "authority unreadable"
  | "no membership"
  | "missing role"
  | "unknown types"
  | "request refused"
  | "server error"
  | "garbage"
  | "contradiction"
  | "start not found"
  | "other instance"
  | "checkpoint unreadable";

/**
 * When it is worth trying again: `soon` with growing pauses of seconds, `later` every minute since a person
 * has to do something at ZITADEL first, `never` since going on would deliver wrong or lose records.
 */
export type Retry = "soon" | "later" | "never";

/** How a request failed, besides its fault. */
export interface ZitadelErrorDetails {
  retry: Retry;
  /** HTTP status of the answer, where there was one. */
  status?: number;
  /** The server asked for this pause, milliseconds. */
  retryAfterMillis?: number;
}

/** A fault that keeps the events source from reading. */
export class ZitadelError extends FaultError {
  override name = "ZitadelError";
  readonly details: ZitadelErrorDetails;

  constructor(
    readonly kind: ZitadelErrorKind,
    reason: string,
    { remedy, ...details }: ZitadelErrorDetails & { remedy: string },
  ) {
    super(reason, remedy);
    this.details = details;
  }
}

/** An answer as it came: `text` is the body. */
export interface Answer {
  status: number;
  text: string;
  headers: Record<string, string | string[] | undefined>;
}

/**
 * What an answer other than 200 means. ZITADEL's status alone misleads (a missing token is a 500, a missing
 * membership a 404), so the message counts too. Source: recordings of 4.13.1 (`es-*`, `tok-*`).
 *
 * @param request what was asked, for the message, for example "the search for events"
 * @param host the host that ZITADEL was addressed by
 */
export function errorOfAnswer(answer: Answer, request: string, host: string): ZitadelError {
  const { status } = answer;
  const { code, message } = statusOf(answer.text);
  const words = message === undefined ? undefined : serverWords(message);
  const said = words === undefined ? "" : `: ${words}`;
  const error = (kind: ZitadelErrorKind, what: string, retry: Retry, remedy: string) =>
    new ZitadelError(kind, `${request}: ${what} (${status}${said})`, {
      remedy,
      retry,
      status,
      retryAfterMillis: pauseAskedFor(answer),
    });

  if (status === 503 || code === 14)
    return error(
      "unavailable",
      "ZITADEL is not available yet",
      "soon",
      "wait: it answers so while it starts",
    );
  if (status === 429)
    return error("throttled", "ZITADEL limits our rate", "soon", "lower events.readShare if it lasts");
  if (status === 504 || code === 4)
    return error("slow", "ZITADEL gave up on the request", "soon", "wait: a narrower window is read next");
  if (/QUERY-1kIjX|unable to set instance|[Ii]nstance not found/.test(answer.text))
    return error(
      "wrong host",
      `ZITADEL knows no instance by the host ${host}`,
      "later",
      "set zitadel.issuer to the instance's external domain, and zitadel.address where to connect instead",
    );
  if (status === 401 || code === 16 || /code = Unauthenticated/.test(message ?? ""))
    return error(
      "token refused",
      "ZITADEL refused the access token",
      "later",
      "check that the service account is active and that the key or personal access token is neither expired nor removed",
    );
  if (/AUTHZ-cdgFk/.test(message ?? ""))
    return error(
      "no membership",
      "the service account is a member of nothing",
      "later",
      "give the service account the instance role IAM_OWNER_VIEWER",
    );
  if (status === 403 || code === 7)
    return error(
      "missing role",
      "the service account may not read events",
      "later",
      "give the service account the instance role IAM_OWNER_VIEWER (an organization role is not enough)",
    );
  if (/SQL-KyeAx/.test(message ?? ""))
    return error(
      "unknown types",
      "the filter names an event type that ZITADEL does not know",
      "later",
      "correct events.filter.eventTypes, or give events.filter.aggregateTypes too",
    );
  if (status === 400 || code === 3 || /code = InvalidArgument/.test(message ?? ""))
    return error(
      "request refused",
      "ZITADEL refuses the request",
      "later",
      "correct events.filter; if it is right, this version of ZITADEL is not supported",
    );
  if (status === 404 || status === 405 || (status >= 300 && status < 400))
    return error(
      "wrong address",
      "what answers there is not ZITADEL's API",
      "later",
      "set zitadel.issuer, or zitadel.address, to where ZITADEL itself listens",
    );
  return error("server error", "ZITADEL failed", "soon", "look into ZITADEL's own log if it lasts");
}

/** gRPC status code and message of an error answer; nothing of a body that is not ZITADEL's is repeated. */
function statusOf(text: string): { code?: number; message?: string } {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null) return {};
    const { code, message, error, error_description } = body as Record<string, unknown>;
    const said = [message, error, error_description].filter((part) => typeof part === "string").join(" ");
    return { code: typeof code === "number" ? code : undefined, message: said || undefined };
  } catch {
    return {};
  }
}

/** An HTTP date is taken by the answer's own clock. */
function pauseAskedFor({ headers }: Answer): number | undefined {
  const [retryAfter] = [headers["retry-after"]].flat();
  const [date] = [headers.date].flat();
  return retryAfterMillis(retryAfter, Date.parse(date ?? ""));
}
