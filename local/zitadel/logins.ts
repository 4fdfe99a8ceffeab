import type { ActionContext, ActionEngine } from "./actionEngine";
import type { Action, User } from "./directory";
import type { Caller, Instance } from "./instance";
import { authRequestOf, FLOWS, loginForm, POST_AUTHENTICATION, type SignIn } from "./signIn";

/** How an attempt to sign in ended. */
export interface SignedIn {
  signedIn: boolean;
  /** What the person read instead. */
  shown?: string;
  /** The id of its authentication request, which events and login records name; absent for an unknown person. */
  authRequest?: string;
  /** Runs of Actions that the attempt caused. */
  runs: number;
  /** Milliseconds that they made the person wait. */
  waited: number;
}

export interface LoginOptions {
  engine: ActionEngine;
  /** Of ZITADEL's log. */
  format: "text" | "json";
  /** Called with each line of ZITADEL's log when it is written. */
  onLine(line: string): void;
  /** Makes of the addresses in a script those at which they are found from here. */
  reach(script: string): Promise<string>;
}

/** ZITADEL's error for a wrong password, as it was recorded. */
const WRONG_PASSWORD =
  "ID=COMMAND-3M0fs Message=Errors.User.Password.Invalid Parent=(passwap: password does not match hash: )";
/** In the events of the hosted login, the editor is the login itself. */
const LOGIN: Omit<Caller, "organizationId"> = { userId: "LOGIN" };

/**
 * The hosted login (version 1): it writes the event of each check, then runs the Actions that are bound in the
 * organization. An unknown, locked or deactivated person causes neither.
 */
export class Logins {
  constructor(
    private readonly instance: Instance,
    private readonly options: LoginOptions,
  ) {}

  async signIn(attempt: SignIn): Promise<SignedIn> {
    const user = [...this.instance.directory.users.values()].find(
      (one) => one.userName === attempt.loginName && !one.machine,
    );
    if (attempt.identityProvider) return this.external(attempt, user);
    if (!user) return refused("User could not be found");
    if (!user.active) return refused("User is locked or inactive");
    const right = attempt.password !== "wrong";
    const authRequest = authRequestOf(this.instance, attempt, user);
    await this.writeCheck(user, `password.check.${right ? "succeeded" : "failed"}`, attempt, authRequest);
    const ended = await this.run(attempt.requestedOrganizationId || user.resourceOwner, FLOWS.internal, {
      authMethod: "password",
      authError: right ? "none" : WRONG_PASSWORD,
      authRequest,
      httpRequest: loginForm(attempt, authRequest),
    });
    return right ? ended : { ...ended, signedIn: false, shown: "Password is invalid" };
  }

  /** Whom the identity provider knows and ZITADEL does not has no user id yet, and causes no event. */
  private async external(attempt: SignIn, user: User | undefined): Promise<SignedIn> {
    const { id, externalUserId, organizationId, error } = attempt.identityProvider!;
    const authRequest = { ...authRequestOf(this.instance, attempt, user), selectedIdpConfigId: id };
    if (user && !error) await this.writeCheck(user, "externallogin.check.succeeded", attempt, authRequest);
    const owner = attempt.requestedOrganizationId || organizationId || this.instance.organizationId;
    const ended = await this.run(owner, FLOWS.external, {
      authError: error ?? "none",
      authRequest,
      httpRequest: loginForm(attempt, authRequest),
      externalUser: {
        externalId: externalUserId,
        externalIdpId: id,
        human: { displayName: attempt.loginName },
      },
      accessToken: "provider-access-token",
      idToken: "provider-id-token",
    });
    return error ? { ...ended, signedIn: false, shown: "Login at the identity provider failed" } : ended;
  }

  /** One after another; the first that fails and is not allowed to ends the login. */
  private async run(organizationId: string, flow: number, context: ActionContext): Promise<SignedIn> {
    const { id: authRequest } = context.authRequest as { id: string };
    const ended: SignedIn = { signedIn: true, authRequest, runs: 0, waited: 0 };
    const { engine, format, onLine, reach } = this.options;
    for (const { name, script: written, timeout, allowedToFail } of this.bound(organizationId, flow)) {
      const script = await reach(written);
      const call = { name, script, timeout: timeout / 1e6, instanceId: this.instance.id, format, context };
      const { error, took } = await engine.run(call, onLine);
      ended.runs += 1;
      ended.waited += took;
      if (error !== undefined && !allowedToFail) return { ...ended, signedIn: false, shown: error };
    }
    return ended;
  }

  private bound(organizationId: string, flow: number): Action[] {
    const { actions, bindings } = this.instance.directory;
    const lists = bindings.get(organizationId) ?? [];
    const ids =
      lists.find((one) => one.flow === flow && one.trigger === POST_AUTHENTICATION)?.actionIds ?? [];
    return ids.map((id) => actions.get(id)).filter((one) => one?.active === true) as Action[];
  }

  private async writeCheck(
    user: User,
    check: string,
    attempt: SignIn,
    { id, agentId, browserInfo }: ReturnType<typeof authRequestOf>,
  ): Promise<void> {
    const { acceptLanguage, userAgent } = browserInfo;
    const remoteIP = attempt.forwardedFor ?? "127.0.0.1";
    await this.instance.push(
      { ...LOGIN, organizationId: user.resourceOwner },
      {
        aggregateType: "user",
        aggregateId: user.id,
        resourceOwner: user.resourceOwner,
        eventType: `user.human.${check}`,
        payload: { acceptLanguage, id, remoteIP, userAgent, userAgentID: agentId },
      },
    );
  }
}

function refused(shown: string): SignedIn {
  return { signedIn: false, shown, runs: 0, waited: 0 };
}
