import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AdjustableClock } from "../../local/zitadel/clock";
import { EventTable, type StoredEvent } from "../../local/zitadel/eventTable";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { newKeyPair } from "../../local/zitadel/setup";
import { parseTimestamp } from "../../local/zitadel/timestamp";
import { mintPersonalAccessToken } from "../../local/zitadel/tokens";
import { recording } from "./recording";

const INSTANCE = "400716688087059494";
const ORGANIZATION = "400716688087125030";
const ADMINISTRATOR_KEY = "400716688087780390";
const ADMINISTRATOR = "400716688087649318";
const SECRET = "11".repeat(32);

interface RecordedEvent {
  editor: { userId?: string };
  aggregate: { id: string; type: { type: string }; resourceOwner: string };
  sequence: string;
  creationDate: string;
  payload?: object;
  type: { type: string };
}

/** Personal access tokens that the recorded instance holds, by the user's name in the recordings. */
export const TOKENS = {
  administrator: token("400716688087714854", ADMINISTRATOR),
  robot: token("400716725953236006", "400716725634468902"),
  viewer: token("400716726188117030", "400716726121008166"),
};

export interface RecordedInstance {
  zitadel: Zitadel;
  clock: AdjustableClock;
  close(): Promise<void>;
}

/**
 * The stand-in with the events of the recorded instance. One thing differs: the administrator's key is our own,
 * for the private key of the recorded one is not known.
 * @param more recordings whose events were written later
 */
export async function startRecordedInstance(more: string[] = []): Promise<RecordedInstance> {
  const folder = mkdtempSync(join(tmpdir(), "standin-"));
  const database = join(folder, "events.db");
  const table = new EventTable(database);
  const pair = newKeyPair();
  const key = {
    type: "serviceaccount",
    keyId: ADMINISTRATOR_KEY,
    key: pair.privateKey,
    userId: ADMINISTRATOR,
  };
  table.setFact("instance", INSTANCE);
  table.setFact("organization", ORGANIZATION);
  table.setFact("administrator key", JSON.stringify(key));
  table.setFact("token secret", SECRET);
  const events = recordedEvents(more);
  for (const at of new Set(events.map((event) => event.createdAt))) {
    table.write(
      INSTANCE,
      events.filter((event) => event.createdAt === at),
    );
  }
  table
    .query("UPDATE events SET payload = json_set(payload, '$.publicKey', ?) WHERE payload ->> 'keyId' = ?")
    .run(Buffer.from(pair.publicKey).toString("base64"), ADMINISTRATOR_KEY);
  table.close();
  const clock = new AdjustableClock(events.at(-1)!.createdAt, 0);
  const zitadel = await startZitadel({ database, clock });
  return {
    zitadel,
    clock,
    async close() {
      await zitadel.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function recordedEvents(more: string[]): StoredEvent[] {
  const found = new Map<string, RecordedEvent>();
  const keep = (events: RecordedEvent[]) => {
    for (const event of events)
      found.set(`${event.aggregate.type.type}/${event.aggregate.id}/${event.sequence}`, event);
  };
  keep(JSON.parse(recording("es-03-limit0-omitted").response.body).events);
  for (const name of more) {
    const { response, eventsWritten } = recording(name);
    keep((eventsWritten ?? []) as RecordedEvent[]);
    keep((JSON.parse(response.body).events ?? []) as RecordedEvent[]);
  }
  const events = [...found.values()].map((event) => {
    const at = parseTimestamp(event.creationDate)!;
    return {
      aggregateType: event.aggregate.type.type,
      aggregateId: event.aggregate.id,
      eventType: event.type.type,
      resourceOwner: event.aggregate.resourceOwner,
      editorUser: event.editor.userId,
      payload: event.payload,
      sequence: Number(event.sequence),
      createdAt: at,
      position: at,
    };
  });
  return events.sort((one, other) => one.createdAt - other.createdAt);
}

function token(tokenId: string, userId: string): string {
  return mintPersonalAccessToken({ tokenSecret: Buffer.from(SECRET, "hex") }, tokenId, userId);
}
