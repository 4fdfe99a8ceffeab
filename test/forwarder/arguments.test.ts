import { expect, it } from "vitest";
import { ArgumentsError, readArguments } from "../../forwarder/arguments";

const required = ["--config", "c.json", "--secrets", "s", "--journal", "j"];

it("takes the ordinal from the pod's name, and listens for calls on port 8080 unless told otherwise", () => {
  expect(readArguments(required)).toMatchObject({
    ordinal: 0,
    peers: [],
    webhooks: { host: "0.0.0.0", port: 8080 },
  });
  const given = ["--pod", "audit-log-2-forwarder-13", "--webhooks", "[::]:9000"];
  expect(readArguments([...required, ...given])).toMatchObject({
    ordinal: 13,
    webhooks: { host: "::", port: 9000 },
  });
  expect(() => readArguments([...required, "--pod", "forwarder"])).toThrow(ArgumentsError);
});

it("takes the peers as URLs with commas between", () => {
  const peersOf = (text: string) => readArguments([...required, "--peers", text]).peers;
  expect(peersOf("http://f-0.f:8081,https://f-1.f:8081/")).toEqual([
    "http://f-0.f:8081",
    "https://f-1.f:8081",
  ]);
  expect(peersOf("")).toEqual([]);
  expect(() => peersOf("f-0:8081")).toThrow(/--peers holds something that is no URL/);
});
