import { rmSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { checkConfiguration } from "../../../../contract";
import { parseClaim } from "../../../../forwarder/sources/logins/claim";
import { claimOf, organizations, signatureOf } from "./signing";

it("believes a claim that the current or the previous secret of its organization signed", () => {
  const { verify } = organizations();
  const claim = claimOf();
  const text = JSON.stringify(claim);
  for (const secret of ["secret of A, current", "secret of A, previous"])
    expect(verify(text, signatureOf(text, secret), "A")).toEqual({ claim, organization: "A" });
});

it("refuses a claim that names one organization and is signed with another's secret, either way", () => {
  const { verify } = organizations();
  const text = JSON.stringify(claimOf());
  const ofB = signatureOf(text, "secret of B");
  expect(verify(text, ofB, "A")).toEqual({ refused: "wrong signature" });
  expect(verify(text, ofB, "B")).toMatchObject({ organization: "B" });
  expect(verify(text, signatureOf(text, "secret of A, current"), "B")).toEqual({
    refused: "wrong signature",
  });
  expect(verify(text, ofB, "C")).toEqual({ refused: "unknown organization" });
  // What the text says of organizations is a script's word and decides nothing.
  const claiming = JSON.stringify({ ...claimOf(), organization: "A", userOrganization: "A" });
  expect(verify(claiming, signatureOf(claiming, "secret of B"), "B")).toMatchObject({ organization: "B" });
});

it("follows a secret that is replaced, and says when none can be read", () => {
  const { verify, write, folder } = organizations();
  const text = JSON.stringify(claimOf());
  write("logins/B/current", "another secret of B");
  expect(verify(text, signatureOf(text, "secret of B"), "B")).toEqual({ refused: "wrong signature" });
  expect(verify(text, signatureOf(text, "another secret of B"), "B")).toMatchObject({ organization: "B" });
  rmSync(join(folder, "logins/B/current"));
  expect(verify(text, signatureOf(text, "another secret of B"), "B")).toEqual({
    refused: "secret unreadable",
  });
  rmSync(join(folder, "logins/A/previous"));
  expect(verify(text, signatureOf(text, "secret of A, current"), "A")).toMatchObject({ organization: "A" });
});

it("believes no signature but the right one, whatever text, signature and organization are given", () => {
  const { verify } = organizations();
  let refused = 0;
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.oneof(
        fc.string(),
        fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 }),
      ),
      fc.oneof(fc.constantFrom("A", "B", "__proto__", ""), fc.string()),
      (text, signature, hint) => {
        expect(verify(text, signature, hint)).toHaveProperty("refused");
        refused++;
      },
    ),
  );
  fc.assert(
    fc.property(fc.nat(63), fc.constantFrom("A", "B"), (place, organization) => {
      const text = JSON.stringify(claimOf());
      const right = signatureOf(text, organization === "A" ? "secret of A, current" : "secret of B");
      const digit = right[place] === "0" ? "1" : "0";
      const wrong = right.slice(0, place) + digit + right.slice(place + 1);
      expect(verify(text, wrong, organization)).toEqual({ refused: "wrong signature" });
      expect(verify(text, right.toUpperCase(), organization)).not.toHaveProperty("claim");
      expect(verify(text, right, organization)).toHaveProperty("claim");
    }),
  );
  expect(refused).toBeGreaterThan(0);
});

it("refuses a signed text that is no claim, and never throws", () => {
  const { verify } = organizations();
  const malformed: unknown[] = [
    null,
    [],
    "text",
    {},
    claimOf({ id: "short" }),
    claimOf({ time: "yesterday" }),
    claimOf({ flow: "sideways" as "internal" }),
    { ...claimOf(), user: "erika" },
    { ...claimOf(), extra: { nested: {} } },
    { ...claimOf(), ip: 4 },
  ];
  for (const claim of malformed) {
    const text = JSON.stringify(claim);
    expect(verify(text, signatureOf(text, "secret of B"), "B")).toEqual({ refused: "malformed" });
  }
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      expect(verify(text, signatureOf(text, "secret of B"), "B")).toEqual({ refused: "malformed" });
    }),
  );
});

it("reads whatever text a client put into a claim, and leaves out fields that it does not know", () => {
  const hostile = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(hostile, hostile, hostile, fc.jsonValue(), (userAgent, ip, loginName, unknown) => {
      const claim = claimOf({ userAgent, ip, user: { loginName }, extra: { host: userAgent } });
      expect(parseClaim(JSON.stringify({ ...claim, newField: unknown }))).toEqual(claim);
    }),
  );
});

it("refuses a configuration in which one organization could report for another", () => {
  const problemsOf = (declared: { id: string; secretFiles: string[] }[]) =>
    checkConfiguration({
      zitadel: { issuer: "https://zitadel.example.com", credentials: { machineKeyFiles: ["key.json"] } },
      events: { startFrom: "beginning" },
      destinations: [{ name: "log", stdout: {} }],
      logins: { organizations: declared, webhook: {} },
    }).problems?.map(({ path, message }) => `${path} ${message}`);
  const a = { id: "A", secretFiles: ["a"] };
  expect(problemsOf([a, { id: "B", secretFiles: ["b"] }])).toBeUndefined();
  expect(problemsOf([a, { id: "B", secretFiles: ["b", "a"] }])).toEqual([
    expect.stringMatching(/^logins.organizations gives two organizations one secret file/),
  ]);
  expect(problemsOf([a, { id: "A", secretFiles: ["b"] }])).toEqual([
    expect.stringMatching(/^logins.organizations has an organization twice/),
  ]);
});
