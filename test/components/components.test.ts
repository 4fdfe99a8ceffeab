import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AuditLogStream, type AuditLogStreamArgs, EventsReader } from "../../components/index";

/*
 * Quick checks of what is declared, with the engine replaced by mocks: they know neither secrets nor unknown
 * values. What depends on those is tested under the real engine.
 */

interface Registration {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

let registered: Registration[] = [];

beforeEach(async () => {
  registered = [];
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs, id }) => {
      registered.push({ type, name, inputs });
      return { id: id || `${name}-id`, state: { ...inputs, ...computed(type, name) } };
    },
    call: () => ({}),
  });
});
afterEach(() => vi.useRealTimers());

function computed(type: string, name: string): object {
  if (!type.endsWith(":MachineKey")) return {};
  return {
    keyDetails: JSON.stringify({ type: "serviceaccount", keyId: `id-of-${name}`, key: "K", userId: "u" }),
  };
}

const args: AuditLogStreamArgs = {
  zitadel: { domain: "zitadel.example.com" },
  organizationId: "301",
  reader: {
    keys: [
      { name: "2026-11", expires: "2027-11-01T00:00:00+01:00" },
      { name: "2027-02", expires: "2028-02-01T00:00:00.5Z" },
    ],
  },
  destinations: [{ name: "soc", http: { url: "https://siem.example.com", bearer: { value: "token" } } }],
  namespace: "audit",
  image: "example.com/forwarder",
};

/** Waits until the mocked engine has every registration. */
async function declared(declare: () => unknown): Promise<Registration[]> {
  declare();
  await pulumi.runtime.disconnect();
  return registered.toSorted((a, b) => (a.type + a.name < b.type + b.name ? -1 : 1));
}

const typesOf = (all: Registration[]) => [...new Set(all.map(({ type }) => type))];
const find = (all: Registration[], type: string, name?: string) =>
  all.find((one) => one.type.endsWith(`:${type}`) && (name === undefined || one.name === name))!;

describe("AuditLogStream", () => {
  it("declares a reader with each generation of its key, and a forwarder that uses the newest last", async () => {
    const all = await declared(() => new AuditLogStream("audit-log", args));
    expect(find(all, "InstanceMember").inputs).toMatchObject({ roles: ["IAM_OWNER_VIEWER"] });
    expect(
      all
        .filter(({ type }) => type.endsWith(":MachineKey"))
        .map(({ name, inputs }) => [name, inputs.expirationDate]),
    ).toEqual([
      ["audit-log-2026-11", "2027-10-31T23:00:00Z"],
      ["audit-log-2027-02", "2028-02-01T00:00:00Z"],
    ]);
    const text = find(all, "ConfigMap", "audit-log-configuration").inputs.data as {
      "configuration.json": string;
    };
    const configuration = JSON.parse(text["configuration.json"]);
    expect(configuration.zitadel.credentials.machineKeyFiles).toEqual([
      "zitadel-machine-key-id-of-audit-log-2026-11.json",
      "zitadel-machine-key-id-of-audit-log-2027-02.json",
    ]);
    expect(configuration.events.startFrom).toEqual({ userId: "audit-log-id" });
    const { value: credentials } = find(all, "Secret").inputs.stringData as { value: object };
    expect(Object.keys(credentials)).toEqual(
      [...configuration.zitadel.credentials.machineKeyFiles, "destination-soc-bearer"].sort(),
    );
  });

  it("creates nothing in ZITADEL for an account that exists", async () => {
    const existing = {
      ...args,
      reader: { existingKey: { secret: { name: "reader", key: "key.json" } } },
      events: { startFrom: "beginning" },
    };
    const all = await declared(() => new AuditLogStream("audit-log", existing));
    expect(typesOf(all).filter((type) => type.startsWith("zitadel:"))).toEqual([]);
  });

  it("declares the same today and in a year", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-22T10:00:00Z") });
    const today = await declared(() => new AuditLogStream("audit-log", args));
    registered = [];
    vi.setSystemTime(Date.parse("2027-11-22T10:00:00Z"));
    const nextYear = await declared(() => new AuditLogStream("audit-log", args));
    expect(today.length).toBeGreaterThan(10);
    expect(nextYear).toEqual(today);
  });
});

describe("EventsReader", () => {
  it("gives out its keys in the order of their generations", async () => {
    let reader: EventsReader | undefined;
    await declared(() => {
      reader = new EventsReader("reader", { organizationId: "301", keys: args.reader.keys });
    });
    const keys = await new Promise<string[]>((resolve) => reader!.machineKeys.apply(resolve));
    expect(keys.map((key) => JSON.parse(key).keyId)).toEqual([
      "id-of-reader-2026-11",
      "id-of-reader-2027-02",
    ]);
  });
});
