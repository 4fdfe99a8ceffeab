import { expect, test } from "vitest";
import { serverWords } from "../../../../forwarder/records/redaction/serverWords";

test("a server's own words are shown as they are", () => {
  for (const words of [
    "membership not found (AUTHZ-cdgFk)",
    "invalid auth header (AUTH-toLo1)",
    "ID=COMMAND-3M0fs Message=Errors.User.Password.Invalid",
    "unable to set instance using origin &{localhost:8080  http} (ExternalDomain is localhost): ID=QUERY-1kIjX",
    "user 400716688087649318 not found",
  ])
    expect(serverWords(words)).toBe(words);
});

test("credentials, whole or in part, are not", () => {
  const token = "hT0aXN4fVjJfNDAwNzE2Njg4MDg3NjQ5MzE4LWF0XzQwMDcxNjY4ODA4NzY0OTMxODo0MDA3MTY2";
  for (const text of [
    token,
    `cannot use ${token}`,
    `Bearer ${token}`,
    token.slice(0, 30),
    token.slice(25, 50),
    `assertion=${token}`,
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0MDA3MTY2In0.c2lnbmF0dXJl",
  ]) {
    const shown = serverWords(text) ?? "";
    for (let at = 0; at + 12 <= text.length; at++)
      if (token.includes(text.slice(at, at + 12)) || text.startsWith("eyJ"))
        expect(shown).not.toContain(text.slice(at, at + 12));
  }
});

test("no more is shown than fits a line", () => {
  expect(serverWords("word ".repeat(10_000))!.length).toBeLessThanOrEqual(200);
});
