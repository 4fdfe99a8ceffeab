import { secret } from "@pulumi/pulumi";
import { RandomBytes, RandomId, RandomPassword, RandomString, RandomUuid } from "@pulumi/random";
import { describe, expect, it } from "vitest";
import { uniqueName, useEngine } from "./stack";

const engine = useEngine(() => ({ plugins: ["random"] }));

describe("the local random plugin does what the real one does", () => {
  it("draws secrets as secrets and everything else in the clear", async () => {
    const stack = await engine().inlineStack({
      project: uniqueName("draw"),
      program: async () => {
        const password = new RandomPassword("password", { length: 20, minNumeric: 3, special: false });
        const bytes = new RandomBytes("bytes", { length: 32 });
        const id = new RandomId("id", { byteLength: 4, prefix: "p-" });
        const text = new RandomString("text", { length: 8, overrideSpecial: "!", minSpecial: 2 });
        const uuid = new RandomUuid("uuid");
        return {
          password: password.result,
          passwordId: password.id,
          base64: bytes.base64,
          hex: bytes.hex,
          bytesId: bytes.id,
          id: id.id,
          ids: [id.b64Url, id.b64Std, id.hex, id.dec],
          text: text.result,
          textId: text.id,
          uuid: uuid.result,
          uuidId: uuid.id,
        };
      },
    });
    const { outputs } = await stack.up();
    const value = (name: string) => outputs[name]!.value as string;
    const isSecret = Object.entries(outputs).filter(([, output]) => output.secret);

    expect(isSecret.map(([name]) => name).sort()).toEqual(["base64", "hex", "password"]);
    expect(value("password")).toMatch(/^[a-zA-Z0-9]{20}$/);
    expect(value("password").replace(/\D/g, "").length).toBeGreaterThanOrEqual(3);
    expect(value("passwordId")).toBe("none");
    expect(Buffer.from(value("base64"), "base64").toString("hex")).toBe(value("hex"));
    expect(value("hex")).toHaveLength(64);
    expect(value("bytesId")).toBe(value("base64"));
    const bytes = Buffer.from(value("id"), "base64url");
    expect(bytes).toHaveLength(4);
    expect(outputs.ids!.value).toEqual(
      [
        bytes.toString("base64url"),
        bytes.toString("base64"),
        bytes.toString("hex"),
        `${bytes.readUInt32BE()}`,
      ].map((form) => `p-${form}`),
    );
    expect(value("text")).toHaveLength(8);
    expect(value("text").replace(/[^!]/g, "").length).toBeGreaterThanOrEqual(2);
    expect(value("textId")).toBe(value("text"));
    expect(value("uuid")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(value("uuidId")).toBe(value("uuid"));

    const again = await stack.up();
    expect(new Set(again.steps.map(({ op }) => op))).toEqual(new Set(["same"]));
    expect(again.outputs).toEqual(outputs);
    expect(again.diagnostics).toEqual([]);
    expect((await stack.destroy()).changes).toEqual({ delete: 6 });
  });

  it("replaces on a change of an argument or of a keeper, and on nothing else", async () => {
    let args: { length: number; special?: boolean; keepers?: Record<string, string> } = { length: 12 };
    const stack = await engine().inlineStack({
      project: uniqueName("keepers"),
      program: async () => {
        const keepers = args.keepers && secret(args.keepers);
        return { result: new RandomPassword("password", { ...args, keepers }).result };
      },
    });
    const first = (await stack.up()).outputs.result!.value;

    args = { length: 12, special: true };
    expect((await stack.up()).changes).toEqual({ same: 2 });

    args = { length: 12, keepers: { generation: "1" } };
    const keepers = await stack.up();
    expect(keepers.changes).toEqual({ replace: 1, same: 1 });
    expect(keepers.outputs.result!.value).not.toBe(first);
    expect((await stack.up()).changes).toEqual({ same: 2 });

    args = { length: 12, keepers: { generation: "2" } };
    expect((await stack.preview()).changes).toEqual({ replace: 1, same: 1 });
    expect((await stack.up()).steps.find(({ op }) => op === "replace")?.replaceKeys).toEqual(["keepers"]);

    args = { length: 13, keepers: { generation: "2" } };
    expect((await stack.up()).outputs.result!.value).toHaveLength(13);
  });

  it("draws nothing in a preview and refuses a length below 1", async () => {
    let known: boolean | undefined;
    let length = 1;
    const stack = await engine().inlineStack({
      project: uniqueName("preview"),
      program: async () => {
        const { result } = new RandomString("text", { length });
        known = await (result as unknown as { isKnown: Promise<boolean> }).isKnown;
      },
    });
    expect((await stack.preview()).changes).toEqual({ create: 2 });
    expect(known).toBe(false);
    length = 0;
    await expect(stack.preview()).rejects.toThrow("must be at least 1, is 0");
  });
});
