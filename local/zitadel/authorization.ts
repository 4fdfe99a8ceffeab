import type { IncomingHttpHeaders } from "node:http";
import { notFound, ZitadelError } from "./errors";
import type { Caller, Instance } from "./instance";
import { userOfToken } from "./tokens";

/** Who calls and for which organization; throws the recorded refusals. */
export function authorize(instance: Instance, headers: IncomingHttpHeaders, permission: string): Caller {
  const { authorization } = headers;
  if (authorization === undefined) {
    const message = "rpc error: code = Unauthenticated desc = auth header missing";
    throw new ZitadelError({ code: 2, message });
  }
  if (!authorization.startsWith("Bearer ")) {
    throw new ZitadelError({ code: 16, id: "AUTH-toLo1", message: "invalid auth header" });
  }
  const userId = userOfToken(instance, authorization.slice("Bearer ".length));
  if (userId === undefined) {
    throw new ZitadelError({ code: 16, id: "AUTH-7fs1e", message: "Errors.Token.Invalid" });
  }
  const organizationId = headers["x-zitadel-orgid"] ?? instance.directory.users.get(userId)!.resourceOwner;
  if (typeof organizationId !== "string" || !instance.directory.organizations.has(organizationId)) {
    throw new ZitadelError({ code: 7, id: "AUTH-Bs7Ds", message: "Organisation doesn't exist" });
  }
  requirePermission(instance, userId, permission);
  return { organizationId, userId };
}

function requirePermission(instance: Instance, userId: string, permission: string): void {
  const roles = instance.directory.rolesOf(userId);
  if (roles === undefined) throw notFound("AUTHZ-cdgFk", "membership not found");
  const { permissions } = instance.directory;
  if (!roles.some((role) => permissions.get(role)?.has(permission))) {
    throw new ZitadelError({ code: 7, id: "AUTH-5mWD2", message: "No matching permissions found" });
  }
}

/** The instance is chosen by the request's host, without its port, or by x-zitadel-instance-host. */
export function requireInstanceHost(
  instance: Instance,
  headers: IncomingHttpHeaders,
  shape: "api" | "oauth",
): void {
  const host = headers.host ?? "";
  const chosen = headers["x-zitadel-instance-host"] ?? host;
  const domain = withoutPort(String(chosen));
  if (instance.directory.domains.has(domain)) return;
  const { externalDomain } = instance.options;
  const message =
    `unable to set instance using origin &{${host}  http} (ExternalDomain is ${externalDomain}): ` +
    "ID=QUERY-1kIjX Message=Instance not found. Make sure you got the domain right. " +
    "Check out https://zitadel.com/docs/apis/introduction#domains";
  const parent =
    ` Parent=(unable to get instance by domain: instanceDomain ${domain}, ` +
    `publicHostname ${withoutPort(host)}: ID=QUERY-1kIjX Message=Errors.Instance.NotFound)`;
  throw new ZitadelError({ code: 5, message: shape === "api" ? message + parent : message, plain: true });
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "");
}
