import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes the stand-in's data from the recordings of a real server: the lists of event and aggregate types with
 * their messages, and the events that the set-up of an instance wrote.
 */
interface RecordedEvent {
  aggregate: { id: string; type: LocalizedType; resourceOwner: string };
  creationDate: string;
  payload?: unknown;
  type: LocalizedType;
}
interface LocalizedType {
  type: string;
  localized: { key: string; localizedMessage: string };
}

/** One event of the set-up: aggregate type, aggregate id, event type, resource owner, payload. */
export type SetupEvent = [string, string, string, string, unknown?];

const RECORDINGS = join(__dirname, "../../test/recordings");
const SETUP_EVENTS = 618;

function answer(name: string): Record<string, unknown> {
  const recording = JSON.parse(readFileSync(join(RECORDINGS, `${name}.json`), "utf8"));
  return JSON.parse(recording.response.body);
}

/** The files of `generated/`: where they are and what they must hold. */
export function generatedFiles(): { path: string; text: string }[] {
  const eventTypes = answer("et-types").eventTypes as LocalizedType[];
  const aggregateTypes = answer("et-aggregates").aggregateTypes as LocalizedType[];
  const german = answer("es-74-accept-language-de").events as RecordedEvent[];
  const messages = (types: LocalizedType[]) =>
    Object.fromEntries(types.map((one) => [one.type, one.localized.localizedMessage]));
  const files = {
    "eventTypes.json": print(messages(eventTypes)),
    "aggregateTypes.json": print(messages(aggregateTypes)),
    "german.json": print(
      Object.fromEntries(
        german
          .flatMap((event) => [event.type, event.aggregate.type])
          .map((one) => [one.localized.key, one.localized.localizedMessage]),
      ),
    ),
    "setupEvents.json": setupEvents(),
  };
  return Object.entries(files).map(([name, text]) => ({ path: join(__dirname, "generated", name), text }));
}

function print(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

/** The pushes of the set-up, a list each; every identifier is replaced by a name in braces. */
function setupEvents(): string {
  const recorded = (answer("es-03-limit0-omitted").events as RecordedEvent[]).slice(0, SETUP_EVENTS);
  const pushes = new Map<string, SetupEvent[]>();
  for (const event of recorded) {
    const { aggregate, payload, type } = event;
    const row: SetupEvent = [aggregate.type.type, aggregate.id, type.type, aggregate.resourceOwner];
    if (payload !== undefined) row.push(payload);
    const push = pushes.get(event.creationDate) ?? [];
    pushes.set(event.creationDate, push.concat([row]));
  }
  const lines = [...pushes.values()].map((push) => push.map((row) => JSON.stringify(row)).join(",\n"));
  const text = `[[\n${lines.join("\n],[\n")}\n]]\n`;
  const identifiers = [...new Set(text.match(/\b4007\d{14}\b/g))].sort();
  const names = new Map(identifiers.map((one, index) => [one, `{id${index}}`]));
  const find = (type: string) => recorded.find((event) => event.type.type === type)!.aggregate.id;
  names.set(find("instance.added"), "{instance}");
  names.set(find("org.added"), "{organization}");
  names.set(find("project.added"), "{project}");
  names.set(find("user.machine.added"), "{administrator}");
  return text
    .replace(/\b4007\d{14}\b/g, (one) => names.get(one)!)
    .replaceAll("zitadel-vhkjoa.localhost", "{domain}");
}
