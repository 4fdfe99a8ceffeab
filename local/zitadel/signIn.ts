import type { User } from "./directory";
import type { Instance } from "./instance";

/** Somebody's attempt to sign in with the hosted login. */
export interface SignIn {
  loginName: string;
  /** Default "right". */
  password?: "right" | "wrong";
  /** Signs in through an identity provider instead. */
  identityProvider?: {
    id: string;
    /** The person's id there. */
    externalUserId: string;
    /** Whose identity provider it is, default: the instance's first organization. */
    organizationId?: string;
    /** Why it failed there. */
    error?: string;
  };
  /** What the application asked for, where it did. */
  requestedOrganizationId?: string;
  applicationId?: string;
  userAgent?: string;
  /** The leftmost X-Forwarded-For; without it scripts see no address. */
  forwardedFor?: string;
}

/** ZITADEL's numbers. */
export const FLOWS = { external: 1, internal: 3 } as const;
export const POST_AUTHENTICATION = 1;

/** What must never leave ZITADEL, wherever it is in a script's context. */
export const PLANTED = {
  right: "Right-Passw0rd!",
  wrong: "Wrong-Passw0rd!",
  cookie: "planted-cookie",
} as const;

/** `ctx.v1.authRequest` as it was recorded. */
export function authRequestOf(instance: Instance, attempt: SignIn, user: User | undefined) {
  const now = new Date(instance.clock.now() / 1000).toISOString();
  const applicationId = attempt.applicationId ?? "400717519297514534";
  return {
    id: instance.identifiers.next(),
    agentId: instance.identifiers.next(),
    creationDate: now,
    changeDate: now,
    browserInfo: {
      userAgent: attempt.userAgent ?? "Mozilla/5.0 (lab) LoginBot/1.0",
      acceptLanguage: "en",
      remoteIp: attempt.forwardedFor ?? "",
    },
    applicationId,
    callbackUri: "http://localhost:9999/cb",
    transferState: "st1",
    instanceId: instance.id,
    request: { oidc: { scopes: ["openid", "profile"] } },
    userId: user?.id ?? "",
    userName: user?.userName ?? "",
    loginName: user?.userName ?? "",
    resourceOwner: user?.resourceOwner ?? "",
    requestedOrgId: attempt.requestedOrganizationId ?? "",
    applicationResourceOwner: instance.organizationId,
    selectedIdpConfigId: "",
    audience: [applicationId],
  };
}

/** `ctx.v1.httpRequest` as it was recorded: the form holds the password, the headers the cookies. */
export function loginForm(attempt: SignIn, { id }: { id: string }): object {
  const external = attempt.identityProvider !== undefined;
  const form = external
    ? { state: [id], code: [PLANTED.cookie] }
    : {
        authRequestID: [id],
        loginName: [attempt.loginName],
        password: [PLANTED[attempt.password ?? "right"]],
      };
  return {
    method: external ? "GET" : "POST",
    url: external ? "/login/externalidp/callback" : "/password",
    proto: "HTTP/1.1",
    contentLength: external ? 0 : 191,
    host: "localhost:8080",
    form,
    postForm: external ? {} : form,
    remoteAddr: "127.0.0.1:39402",
    headers: {
      Cookie: [`zitadel.useragent=${PLANTED.cookie}`],
      "Content-Type": ["application/x-www-form-urlencoded"],
      ...(attempt.forwardedFor && { "X-Forwarded-For": [attempt.forwardedFor] }),
    },
  };
}
