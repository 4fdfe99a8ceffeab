import { retryAfterMillis } from "../../http/retryAfter";
import { errorCode, isUntrusted, refusesOurCertificate } from "../../tls/errors";
import type { Outcome } from "../destination";

/** What an HTTP answer means for the batch. */
export function outcomeOfAnswer(status: number, retryAfter: string | undefined, nowMillis: number): Outcome {
  const reason = `answered ${status}`;
  if (status >= 200 && status < 300) return { kind: "acknowledged" };
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { kind: "retry", reason, afterMillis: retryAfterMillis(retryAfter, nowMillis) };
  if (status === 400 || status === 413 || status === 422) return { kind: "refused", reason };
  return { kind: "fault", reason, remedy: remedies[status] ?? remedyFor(status) };
}

/**
 * Pages with which nginx refuses a connection over TLS, all with status 400
 * (https://github.com/nginx/nginx/blob/master/src/http/ngx_http_special_response.c, errors 495 to 497).
 */
const nginxPage =
  /<title>400 (The SSL certificate error|No required SSL certificate was sent|The plain HTTP request was sent to HTTPS port)<\/title>/;

/** What it means when not the destination answered, but a proxy in front of it that does not let us in. */
export function outcomeOfGate(status: number, text: string): Outcome | undefined {
  const said = status === 400 ? nginxPage.exec(text)?.[1] : undefined;
  if (said === undefined) return undefined;
  return {
    kind: "fault",
    reason: `answered 400: ${said}`,
    remedy: said.includes("plain") ? "give a url with https" : clientCertificateRemedy,
  };
}

const clientCertificateRemedy =
  "give clientCertificate a certificate that the destination trusts and that is not over, its intermediates behind it";

const remedies: Record<number, string> = {
  401: "give a valid credential: its file is read again when it changes",
  403: "allow this credential to write there, or give another",
  404: "correct the destination's url: nothing takes records there",
  405: "correct the destination's url: it must take POST",
  407: "let the forwarder reach the destination without the proxy that asks for a credential",
  415: "set body to the other form or gzip to false: the destination does not read this one",
};

function remedyFor(status: number): string {
  return status >= 300 && status < 400
    ? "set the destination's url to where it redirects to: redirects are not followed"
    : "look into the destination's own log for why it refuses requests";
}

/** What it means that no answer came. Only the error's code is repeated: its message may hold the address. */
export function outcomeOfError(error: unknown): Outcome {
  const code = errorCode(error);
  if (isUntrusted(code))
    return {
      kind: "fault",
      reason: `its certificate is not trusted (${code})`,
      remedy: "give the authority that signed it as ca, and a url with the name that is in it",
    };
  if (refusesOurCertificate(code))
    return {
      kind: "fault",
      reason: `it refuses the connection over TLS (${code})`,
      remedy: clientCertificateRemedy,
    };
  return { kind: "retry", reason: `no answer (${code})` };
}
