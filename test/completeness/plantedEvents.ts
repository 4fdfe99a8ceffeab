import { fieldsOf } from "../../forwarder/records/redaction/table";
import type { NewEvent, StoredEvent } from "../../local/zitadel/eventTable";
import {
  knownPaths,
  listedTypes,
  MARK,
  payloadWith,
  recordedEvents,
  secretObjects,
  secretTexts,
  withStrings,
} from "../forwarder/records/redaction/plants";
import type { Marks } from "./marks";

/** Types that no ZITADEL lists. */
const inventedTypes = ["invented.thing.added", "invented.thing.changed"];

/**
 * Events with a mark in every string: of every listed type, in the fields that the table knows and in others, nested,
 * in lists, in objects, as keys; of every recorded event, in the payload and around it; of invented types. Texts that
 * are secrets by their shape take turns, so that each stands in many fields.
 */
export class PlantedEvents {
  readonly events: StoredEvent[] = [];
  /** How many marks were planted, by where. */
  readonly counts: Record<string, number> = {};
  private turn = 0;

  /** @param createdAt microseconds since 1970 of the first event; each is a microsecond later */
  constructor(
    private readonly marks: Marks,
    private readonly createdAt: number,
  ) {
    for (const type of [...listedTypes, ...inventedTypes]) {
      this.plantSecrets(type);
      this.plantPlain(type);
    }
    for (const event of recordedEvents) this.plantRecorded(event);
    this.plantDeviceCodes();
  }

  /** Secrets in every known field of a type and in unknown ones, in every position. */
  private plantSecrets(type: string): void {
    const known = fieldsOf(type) ? knownPaths(type) : ["name", "description", "nested.text"];
    const text = (where: string) => this.secretText("strings in payloads", `${type} ${where}`);
    this.add(type, {
      ...payloadWith(known, (path) => text(path)),
      unknown: text("unknown"),
      nested: { deeper: [text("nested"), { deepest: text("nested deeper") }] },
    });
    const inList = (path: string) => this.secretText("strings in lists", `${type} ${path}[1]`);
    this.add(
      type,
      payloadWith(known, (path) => ["plain", inList(path)]),
    );
    const inObject = (path: string) => this.secretText("strings in objects", `${type} ${path}.within`);
    this.add(type, {
      ...payloadWith(known, (path) => ({ within: inObject(path) })),
      blob: this.secretObject(`${type} blob`),
    });
    const key = (where: string) => this.secretText("keys", `${type} ${where}`);
    this.add(type, {
      ...payloadWith(known, (path) => ({ [key(`a key in ${path}`)]: "x" })),
      [key("a key")]: [{ [key("a key in a list")]: 1 }],
    });
  }

  /** Harmless texts in every known field of a type, and in unknown ones. */
  private plantPlain(type: string): void {
    const entry = fieldsOf(type);
    const known = entry ? knownPaths(type) : ["name"];
    const kept = (where: string) => this.plain(false, `${type} ${where}`);
    this.add(type, {
      ...payloadWith(known, (path) => this.plain(entry?.leaves.includes(path) ?? false, `${type} ${path}`)),
      unknown: kept("unknown"),
      nested: { deeper: [kept("nested"), { deepest: kept("nested deeper") }] },
    });
  }

  private plantRecorded({ payload, type, ...around }: (typeof recordedEvents)[number]): void {
    const eventType = type.type;
    const text = () => this.secretText("strings in recorded payloads", eventType);
    this.add(eventType, withStrings(payload, text));
    this.add(
      eventType,
      withStrings(payload, () => [text(), { within: text() }]),
    );
    this.add(
      eventType,
      withStrings(payload, () => this.secretObject(eventType)),
    );
    const envelope = (field: string) => this.secretText("fields around payloads", `${eventType} ${field}`);
    this.add(eventType, payload, {
      aggregateType: around.aggregate.type.type,
      aggregateId: envelope("aggregate.id"),
      resourceOwner: envelope("aggregate.resourceOwner"),
      editorUser: envelope("editor.userId"),
    });
    this.add(envelope("type"), payload, { aggregateType: envelope("aggregate.type") });
  }

  /** A device authorization is stored under its device code, which is no secret by its shape. */
  private plantDeviceCodes(): void {
    for (const type of listedTypes.filter((name) => name.startsWith("device.authorization."))) {
      this.count("ids that are secrets");
      const aggregateId = this.marks.make("kept", `${type} aggregate.id, a device code`);
      this.add(type, {}, { aggregateType: "device_auth", aggregateId });
    }
  }

  /** A secret's text, with a mark in the part that must not leave. */
  secretText(kind: string, where: string): string {
    this.count(kind);
    this.turn += 1;
    const text = secretTexts[this.turn % secretTexts.length]!;
    return text.replaceAll(MARK, this.marks.make("secret", where));
  }

  private secretObject(where: string): object {
    this.count("secret objects");
    const text = JSON.stringify(secretObjects[this.turn++ % secretObjects.length]);
    return JSON.parse(text.replaceAll(MARK, this.marks.make("secret", where))) as object;
  }

  private plain(open: boolean, where: string): string {
    this.count(open ? "fields that may leave" : "fields that are kept back");
    return this.marks.make(open ? "open" : "kept", where);
  }

  private count(kind: string): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  }

  private add(eventType: string, payload: unknown, around: Partial<NewEvent> = {}): void {
    const at = this.events.length;
    this.events.push({
      aggregateType: "user",
      aggregateId: `planted-${at}`,
      eventType,
      resourceOwner: "400716688087059494",
      editorUser: "400716688087649318",
      payload,
      sequence: 1,
      createdAt: this.createdAt + at,
      position: this.createdAt + at,
      ...around,
    });
  }
}
