import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { AuditLogStream, type AuditLogStreamArgs } from "../../components/index";

/** A declaration with nothing wrong. */
export const good: AuditLogStreamArgs = {
  zitadel: { domain: "zitadel.example.com" },
  organizationId: "301",
  reader: { keys: [{ name: "2026-11", expires: "2099-11-01T00:00:00Z" }] },
  destinations: [{ name: "soc", http: { url: "https://siem.example.com" } }],
  namespace: "audit",
  image: "example.com/forwarder",
};

/** A value that is not known at preview. */
export const later = <T>() => pulumi.output(pulumi.unknown) as unknown as pulumi.Output<T>;

/** What the component says about a declaration: nothing is registered, because it throws before that. */
export function said(change: Partial<AuditLogStreamArgs> | Record<string, unknown>): string {
  try {
    new AuditLogStream("audit-log", { ...good, ...change } as AuditLogStreamArgs);
  } catch (error) {
    expect(pulumi.RunError.isInstance(error), "printed without a stack trace").toBe(true);
    expect(pulumi.InputPropertiesError.isInstance(error), "in other languages too").toBe(true);
    return (error as Error).message;
  }
  throw new Error("the declaration was accepted");
}

/** A way to declare wrongly: the property that is named with its path, and a part of the remedy. */
export type Wrong = [what: string, change: Record<string, unknown>, path: string, remedy: string];

/** A test for each: it is refused with a line that names the property and what to do. */
export function areRefused(wrong: readonly Wrong[]): void {
  for (const [what, change, path, remedy] of wrong)
    it(what, () => {
      const line = said(change)
        .split("\n")
        .find((text) => text.startsWith(`  ${path} `));
      expect(line, said(change)).toContain(remedy);
    });
}
