/** Codes of gRPC and the HTTP status that grpc-gateway makes of each. */
const STATUS: Record<number, number> = {
  2: 500,
  3: 400,
  5: 404,
  6: 409,
  7: 403,
  9: 400,
  12: 405,
  13: 500,
  14: 503,
  16: 401,
};

export interface Refusal {
  code: number;
  /** ZITADEL's own id of the error, like COMMAND-dg422. */
  id?: string;
  message: string;
  /** Refused by grpc-gateway, before ZITADEL saw the call: no details, fewer headers. */
  gateway?: boolean;
  /** The message alone, without details. */
  plain?: boolean;
}

/** An answer of ZITADEL that is no success; see `body` for its shape. */
export class ZitadelError extends Error {
  readonly status: number;

  constructor(readonly refusal: Refusal) {
    super(refusal.message);
    this.status = STATUS[refusal.code] ?? 500;
  }

  /** The message with the id, as ZITADEL shows it: "No changes (ACTION-dg4t2)". */
  get text(): string {
    const { gateway, plain, message, id } = this.refusal;
    return gateway || plain ? message : `${message} (${id ?? ""})`;
  }

  get body(): object {
    const { code, gateway, plain, message, id } = this.refusal;
    if (gateway || plain) return { code, message };
    const detail = { "@type": "type.googleapis.com/zitadel.v1.ErrorDetail", ...(id && { id }), message };
    return { code, message: this.text, details: [detail] };
  }
}

/** A request that ZITADEL's validation refuses: shown as an internal error (recording es-08). */
export function invalidArgument(request: string, field: string, rule: string): ZitadelError {
  const message = `rpc error: code = InvalidArgument desc = invalid ${request}.${field}: ${rule}`;
  return new ZitadelError({ code: 2, message });
}

export function notFound(id: string, message: string): ZitadelError {
  return new ZitadelError({ code: 5, id, message });
}

export function alreadyExists(id: string, message: string): ZitadelError {
  return new ZitadelError({ code: 6, id, message });
}

/** FailedPrecondition: nothing to change, or not possible in this state. */
export function failedPrecondition(id: string, message: string): ZitadelError {
  return new ZitadelError({ code: 9, id, message });
}
