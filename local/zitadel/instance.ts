import type { Clock } from "./clock";
import { Directory } from "./directory";
import { EventStore } from "./eventStore";
import type { NewEvent, StoredEvent } from "./eventTable";
import { Identifiers } from "./identifiers";
import { type MachineKey, setUp } from "./setup";

export interface InstanceOptions {
  database: string;
  clock: Clock;
  /** Like "4.13.1": before 4.2 the store hides what is newer than the oldest open transaction. */
  version: string;
  externalDomain: string;
  /** Seconds. */
  accessTokenLifetime: number;
  commitDelay: number;
}

/** Who does something: the organization it is done in and the user, who becomes the events' editor. */
export interface Caller {
  organizationId: string;
  userId?: string;
}

/** One ZITADEL instance: its events, what they amount to, and what its commands need. */
export class Instance {
  readonly store: EventStore;
  readonly identifiers: Identifiers;
  readonly id: string;
  readonly organizationId: string;
  readonly administratorKey: MachineKey;
  readonly tokenSecret: Buffer;
  private current = new Directory();

  constructor(readonly options: InstanceOptions) {
    const { clock, database, commitDelay } = options;
    this.store = new EventStore({
      clock,
      database,
      commitDelay,
      beforeLock: isBefore(options.version, 4, 2),
    });
    this.identifiers = new Identifiers(clock);
    setUp(this.store, this.identifiers, options);
    const fact = (name: string) => this.store.table.fact(name)!;
    this.id = fact("instance");
    this.organizationId = fact("organization");
    this.administratorKey = JSON.parse(fact("administrator key"));
    this.tokenSecret = Buffer.from(fact("token secret"), "hex");
    this.recall();
    this.store.observe(
      (events) => {
        for (const event of events) this.current.apply(event);
      },
      () => this.recall(),
    );
  }

  get clock(): Clock {
    return this.options.clock;
  }

  get directory(): Directory {
    return this.current;
  }

  /** Writes events as one push, in the caller's name. */
  async push(caller: Caller, ...events: Omit<NewEvent, "editorUser">[]): Promise<StoredEvent[]> {
    return this.store.push(events.map((event) => ({ ...event, editorUser: caller.userId })));
  }

  private recall(): void {
    this.current = new Directory();
    for (const event of this.store.history(Directory.eventTypes)) this.current.apply(event);
  }
}

function isBefore(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}
