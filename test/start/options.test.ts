import { describe, expect, it } from "vitest";
import { OptionsError, readOptions, readRemoval } from "../../local/run/options";

describe("the command line of npm start", () => {
  it("is a run with the stand-in until Ctrl-C by default", () => {
    const defaults = { duration: undefined, eventsPerSecond: 20, zitadel: undefined, receiver: undefined };
    expect(readOptions([])).toEqual(defaults);
    expect(readOptions(["--help"])).toBeUndefined();
  });

  it("reads times, another ZITADEL and another receiver", () => {
    expect(readOptions(["--for", "1.5m"])?.duration).toBe(90_000);
    expect(readOptions(["--for=20s", "--rate", "100"])).toMatchObject({
      duration: 20_000,
      eventsPerSecond: 100,
    });
    expect(readOptions(["--to", "http://127.0.0.1:9000/records"])?.receiver?.href).toBe(
      "http://127.0.0.1:9000/records",
    );
    expect(
      readOptions(["--zitadel", "http://localhost:8080", "--key", "k.json", "--org", "1", "--yes"])?.zitadel,
    ).toEqual({
      url: new URL("http://localhost:8080"),
      keyFile: "k.json",
      organizationId: "1",
      confirmed: true,
    });
  });

  it("reads what is to be removed, and by which key", () => {
    expect(readRemoval(["--remove", "/tmp/x"])).toEqual({ folder: "/tmp/x", keyFile: undefined });
    expect(readRemoval(["--remove=/tmp/x", "--key", "k"])).toEqual({ folder: "/tmp/x", keyFile: "k" });
    expect(readRemoval(["--for", "20s"])).toBeUndefined();
  });

  it.each([
    ["--for 20", "--for 20: write a time like 20s, 5m or 1h"],
    ["--rate 0", "--rate 0: write a number above 0, at most 1000"],
    ["--to ftp://x", "--to ftp://x: must be an http or https URL"],
    ["--to nonsense", "--to nonsense: must be an http or https URL"],
    ["--zitadel http://x", "--zitadel needs --key and --org"],
    ["--zitadel http://x/ui --key k --org 1", "--zitadel http://x/ui: give the address without a path"],
    ["--zitadel http://x --key k --org 1 --rate 3", "--rate is for the stand-in"],
    ["--key k", "--key, --org and --yes belong to --zitadel"],
    ["--remove /tmp/x --rate 3", "with --remove only --key may be given"],
    ["--fro 20s", "'--fro'"],
    ["surprise", "surprise"],
  ])("refuses %s and says why", (line, message) => {
    const read = () => readOptions(line.split(" "));
    expect(read).toThrow(OptionsError);
    expect(read).toThrow(message);
  });
});
