import type { NewEvent } from "./eventTable";
import { AGENTS, FIRST_NAMES, LANGUAGES, LAST_NAMES } from "./trafficWords";

export interface TrafficPlace {
  /** The same seed makes the same traffic; two writers need two seeds. */
  seed: number;
  instanceId: string;
  organizationId: string;
  /** The user in whose name users are changed. */
  administratorId: string;
  /** Default 50. */
  people?: number;
  /** No checks of passwords: these are left to people who sign in. */
  withoutChecks?: boolean;
}

interface Person {
  id: string;
  name: string;
  locked: boolean;
}

const SCOPE = ["openid", "profile"];
const TOKEN_LIFETIME = 43_200_000_000_000;

/**
 * Pushes as people at work cause them: logins, right and wrong, sessions, grants of tokens and roles, changes of
 * users. Payloads have the fields that a real server was seen to write.
 */
export class TrafficEvents {
  private readonly people: Person[] = [];
  /** Ids of sessions that were begun and not ended. */
  private readonly sessions: string[] = [];
  private readonly random: () => number;
  private count = 0;

  constructor(private readonly place: TrafficPlace) {
    this.random = mulberry32(place.seed);
  }

  /** The next push. The first ones add the people. */
  next(): NewEvent[] {
    if (this.people.length < (this.place.people ?? 50)) return this.newPerson();
    const checks: typeof kinds = [
      [40, (person) => this.login(person)],
      [12, (person) => this.wrongPassword(person)],
      [15, (person) => this.session(person)],
      [4, (person) => this.sessionEnd(person)],
    ];
    const kinds: [share: number, make: (person: Person) => NewEvent[]][] = [
      ...(this.place.withoutChecks ? [] : checks),
      [15, (person) => this.tokenGrant(person)],
      [6, (person) => this.metadata(person)],
      [4, (person) => this.newMail(person)],
      [3, (person) => this.newName(person)],
      [3, (person) => this.roleGrant(person)],
      [1, () => this.newPerson()],
    ];
    const person = this.pick(this.people);
    if (person.locked) return this.unlock(person);
    const lots = kinds.flatMap(([share, make]) => Array<typeof make>(share).fill(make));
    return this.pick(lots)(person);
  }

  private newPerson(): NewEvent[] {
    const firstName = this.pick(FIRST_NAMES);
    const lastName = this.pick(LAST_NAMES);
    const userName = `${firstName}.${lastName}.${this.place.seed}.${this.people.length}`.toLowerCase();
    const person = { id: this.id(), name: `${firstName} ${lastName}`, locked: false };
    this.people.push(person);
    const payload = {
      displayName: person.name,
      email: `${userName}@example.test`,
      firstName,
      lastName,
      preferredLanguage: "und",
      userName,
    };
    const editorUser = this.place.administratorId;
    return [
      { ...this.user(person), eventType: "user.human.added", editorUser, payload },
      { ...this.user(person), eventType: "user.human.email.verified", editorUser },
    ];
  }

  private login(person: Person): NewEvent[] {
    return [this.passwordCheck(person, "succeeded", this.browser())];
  }

  /** Now and then the third wrong password in a row, which locks the user. */
  private wrongPassword(person: Person): NewEvent[] {
    const failed = this.passwordCheck(person, "failed", this.browser());
    if (this.random() > 0.1) return [failed];
    person.locked = true;
    return [failed, { ...this.user(person), eventType: "user.locked", editorUser: "LOGIN" }];
  }

  private unlock(person: Person): NewEvent[] {
    person.locked = false;
    return [{ ...this.user(person), eventType: "user.unlocked", editorUser: this.place.administratorId }];
  }

  private passwordCheck(person: Person, result: "succeeded" | "failed", payload: object): NewEvent {
    const eventType = `user.human.password.check.${result}`;
    return { ...this.user(person), eventType, editorUser: "LOGIN", payload };
  }

  private browser(): object {
    return {
      acceptLanguage: this.pick(LANGUAGES),
      id: this.id(),
      remoteIP: this.address(),
      userAgent: this.pick(AGENTS),
      userAgentID: this.id(),
    };
  }

  private session(person: Person): NewEvent[] {
    const { organizationId, administratorId } = this.place;
    const id = this.id();
    this.sessions.push(id);
    const session = this.sessionOf(id);
    const agent = { description: this.pick(AGENTS), fingerprint_id: this.id(), ip: this.address() };
    const checkedAt = "2026-11-22T10:02:57.608087337Z";
    const user = { checkedAt, userID: person.id, userResourceOwner: organizationId };
    return [
      { ...session, eventType: "session.added", payload: { user_agent: agent } },
      { ...session, eventType: "session.user.checked", payload: user },
      { ...this.passwordCheck(person, "succeeded", {}), editorUser: administratorId },
      { ...session, eventType: "session.password.checked", payload: { checkedAt } },
      { ...session, eventType: "session.token.set", payload: { tokenID: this.id() } },
    ];
  }

  /** The oldest session ends; nobody signed in yet: somebody does. */
  private sessionEnd(person: Person): NewEvent[] {
    const id = this.sessions.shift();
    if (id === undefined) return this.session(person);
    const payload = { triggerOrigin: "http://localhost:8080" };
    return [{ ...this.sessionOf(id), eventType: "session.terminated", payload }];
  }

  private sessionOf(aggregateId: string) {
    const { instanceId, administratorId } = this.place;
    return {
      aggregateType: "session",
      aggregateId,
      resourceOwner: instanceId,
      editorUser: administratorId,
    };
  }

  private tokenGrant(person: Person): NewEvent[] {
    const { organizationId } = this.place;
    const session = {
      aggregateType: "oidc_session",
      aggregateId: `V2_${this.id()}`,
      resourceOwner: organizationId,
    };
    const client = this.id();
    const added = {
      audience: [client],
      authMethods: [4],
      authTime: "2026-11-22T10:11:25.42112Z",
      clientID: client,
      preferredLanguage: "und",
      scope: SCOPE,
      sessionID: `V1_${this.id()}`,
      userAgent: { description: this.pick(AGENTS), fingerprint_id: this.id() },
      userID: person.id,
      userResourceOwner: organizationId,
    };
    const token = { id: `at_${this.id()}`, lifetime: TOKEN_LIFETIME, reason: "auth_request", scope: SCOPE };
    return [
      { ...session, eventType: "oidc_session.added", payload: added },
      { ...session, eventType: "oidc_session.access_token.added", payload: token },
    ];
  }

  private metadata(person: Person): NewEvent[] {
    const value = Buffer.from(`${this.pick(["4711", "0815", "Zürich ✈", "R&D"])}`).toString("base64");
    return [this.change(person, "user.metadata.set", { key: "cost-centre", value })];
  }

  private newMail(person: Person): NewEvent[] {
    const email = `${person.id}.${this.count}@example.test`;
    const code = {
      Algorithm: "aes",
      Crypted: "w4qo0kxLAKbO2+FlpUTJznob+smJ0Q==",
      CryptoType: 0,
      KeyID: "userKey",
    };
    const requested = {
      code,
      code_returned: true,
      expiry: 3_600_000_000_000,
      triggerOrigin: "http://localhost:8080",
    };
    return [
      this.change(person, "user.human.email.changed", { email }),
      this.change(person, "user.human.email.code.added", requested),
    ];
  }

  private newName(person: Person): NewEvent[] {
    person.name = `${this.pick(FIRST_NAMES)} ${this.pick(LAST_NAMES)}`;
    return [this.change(person, "user.human.profile.changed", { displayName: person.name })];
  }

  private roleGrant(person: Person): NewEvent[] {
    const grant = {
      aggregateType: "usergrant",
      aggregateId: this.id(),
      resourceOwner: this.place.organizationId,
      editorUser: this.place.administratorId,
    };
    const payload = {
      projectId: this.id(),
      roleKeys: [this.pick(["admin", "reader", "writer"])],
      userId: person.id,
    };
    return [{ ...grant, eventType: "user.grant.added", payload }];
  }

  private change(person: Person, eventType: string, payload: object): NewEvent {
    return { ...this.user(person), eventType, editorUser: this.place.administratorId, payload };
  }

  private user(person: Person) {
    return { aggregateType: "user", aggregateId: person.id, resourceOwner: this.place.organizationId };
  }

  /** An identifier that no other seed gives. */
  private id(): string {
    this.count += 1;
    return String(500_000_000_000_000_000n + BigInt(this.place.seed) * 1_000_000_000n + BigInt(this.count));
  }

  private address(): string {
    return `203.0.113.${1 + Math.floor(this.random() * 254)}`;
  }

  private pick<Item>(items: Item[]): Item {
    return items[Math.floor(this.random() * items.length)]!;
  }
}

/** A small generator of numbers from 0 to 1, the same for the same seed. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
