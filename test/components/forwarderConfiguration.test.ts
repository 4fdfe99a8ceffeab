import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  connectedPorts,
  forwarderConfiguration,
  issuer,
} from "../../components/declaration/forwarderConfiguration";
import { readPlain } from "../../components/declaration/read";
import { parseQuantity } from "../../components/kubernetes/quantity";
import { checkConfiguration } from "../../contract";
import { ephemeral, everything, existingSecrets, minimal } from "./declarations";

const configurationOf = (args: typeof minimal) =>
  forwarderConfiguration({ ...args, machineKeyFiles: ["key.json"] }, readPlain);

describe("the forwarder's configuration", () => {
  for (const [name, args] of Object.entries({ minimal, everything, existingSecrets, ephemeral }))
    it(`of the stack ${name} is one that the forwarder accepts`, () =>
      expect(checkConfiguration(configurationOf(args)).problems).toBeUndefined());

  it("starts at the creation of the reader unless told otherwise", () => {
    expect(configurationOf(minimal).events.startFrom).toEqual({ userId: "250" });
    expect(configurationOf(existingSecrets).events.startFrom).toBe("2026-11-22T10:03:11Z");
  });

  it("holds no credential", () => {
    const text = JSON.stringify(configurationOf(everything));
    for (const secret of [
      "whsec_",
      "BEGIN",
      ':"token"',
      ':"password"',
      "kafka-password",
      "key of the hashes",
    ])
      expect(text).not.toContain(secret);
  });

  it("sends several requests at once, and one after the other where they are ordered", () => {
    const { configuration } = checkConfiguration(configurationOf(everything));
    const inFlight = configuration!.destinations.map(({ name, batch }) => [name, batch.inFlight]);
    expect(inFlight.slice(0, 3)).toEqual([
      ["soc", 2],
      ["lake", 1],
      ["splunk", 4],
    ]);
  });

  it("keeps every setting of redaction and personal data whatever the filter", () => {
    const [first, ...others] = everything.destinations;
    const before = configurationOf(everything);
    expect(before.redaction?.release).toHaveLength(1);
    expect(before.destinations[0]?.personalData?.userNames).toBe("hash");
    for (const filter of [undefined, {}, { include: [{ eventTypes: ["org.*"] }] }]) {
      const after = configurationOf({ ...everything, destinations: [{ ...first!, filter }, ...others] });
      expect(after.destinations[0]?.filter).not.toEqual(before.destinations[0]?.filter);
      expect(after.redaction).toEqual(before.redaction);
      expect(after.destinations.map(({ personalData }) => personalData)).toEqual(
        before.destinations.map(({ personalData }) => personalData),
      );
    }
  });

  it("names the issuer without the scheme's own port", () => {
    expect(issuer("zitadel.example.com", undefined, false)).toBe("https://zitadel.example.com");
    expect(issuer("zitadel.example.com", 443, false)).toBe("https://zitadel.example.com");
    expect(issuer("zitadel.example.com", 443, true)).toBe("http://zitadel.example.com:443");
    expect(issuer("localhost", 8080, true)).toBe("http://localhost:8080");
  });

  it("gives half of the volume to the journal", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4096 }), (gibibytes) => {
        const { journal } = configurationOf({ ...minimal, storage: { size: `${gibibytes}Gi` } });
        expect(journal?.maxBytes).toBe(gibibytes * 2 ** 29);
      }),
    ));

  it("connects to ZITADEL at its address and to every destination", () => {
    expect(connectedPorts(configurationOf(minimal))).toEqual([443]);
    expect(connectedPorts(configurationOf(everything))).toEqual([
      80, 443, 4318, 6514, 8080, 8088, 8443, 9093, 9200, 9243,
    ]);
  });
});

describe("a quantity", () => {
  it("is read as Kubernetes reads it", () => {
    expect(["1Ki", "1k", "1.5Mi", "2", "4Gi", "1Ti"].map(parseQuantity)).toEqual([
      1024,
      1000,
      1572864,
      2,
      2 ** 32,
      2 ** 40,
    ]);
    expect(["", "Gi", "4 Gi", "4gi", "-1Gi", "1e3Gi", "0x4Gi"].map(parseQuantity)).toEqual(
      Array(7).fill(undefined),
    );
  });
});
