import { afterAll, beforeAll, it } from "vitest";
import { ZitadelApi } from "../../local/plugins/zitadelApi";
import { behaviours } from "../../local/plugins/zitadelBehaviours";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { ZitadelPlugin } from "./zitadelPlugin";

/** A stand-in, the plugin configured for it, and somebody who changes things behind the plugin's back. */
export interface SetUp {
  zitadel: Zitadel;
  plugin: ZitadelPlugin;
  administrator: ZitadelApi;
  organization: string;
  /** The provider's arguments that sign in to the stand-in. */
  configuration: { domain: string; port: string; insecure: string; jwtProfileJson: string };
}

/** Starts all of it before the tests of a file; what is returned is filled by then. */
export function setUp(): SetUp {
  const made = {} as SetUp;
  beforeAll(async () => {
    const zitadel = await startZitadel();
    const { hostname: domain, port } = new URL(zitadel.url);
    const configuration = {
      domain,
      port,
      insecure: "true",
      jwtProfileJson: JSON.stringify(zitadel.adminKey),
    };
    const plugin = await ZitadelPlugin.start();
    await plugin.configure(configuration);
    const administrator = new ZitadelApi({ ...configuration, insecure: true });
    Object.assign(made, {
      zitadel,
      plugin,
      administrator,
      organization: zitadel.organizationId,
      configuration,
    });
  });
  afterAll(async () => {
    made.plugin?.stop();
    await made.zitadel?.close();
  });
  return made;
}

/** How many calls the stand-in has had. */
export function callsSoFar(zitadel: Zitadel): number {
  return [...zitadel.requests.values()].reduce((sum, calls) => sum + calls, 0);
}

/** A test of a listed behaviour, named after what the list says. */
export function behaviour(name: keyof typeof behaviours, test: () => Promise<void>): void {
  it(behaviours[name].says, test);
}
