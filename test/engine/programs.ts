import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "../../local/plugins/cluster";
import { destinationPrograms } from "./destinationPrograms";
import {
  address,
  adminKey,
  changedCredential,
  configurationChange,
  example,
  exampleProgram,
  type Program,
  root,
  SIGNING,
  TOKEN,
} from "./program";
import type { Stage } from "./stage";

/** The root's program and every example. */
export function programs(stage: Stage): Program[] {
  return [
    rootProgram(stage),
    ...destinationPrograms(stage),
    existingKey(stage),
    keyRotation(stage),
    loginsSplunk(stage),
    loginsEndpoint(stage),
    yamlProgram(stage),
  ];
}

function rootProgram(stage: Stage): Program {
  const folder = join(stage.folder, "root");
  mkdirSync(folder);
  for (const file of ["Pulumi.yaml", "index.ts", "package.json", "tsconfig.json"])
    copyFileSync(join(root, file), join(folder, file));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return {
    name: "the root",
    folder,
    config: {
      ...address(stage),
      adminKey: { secret: adminKey(stage) },
      organizationId: stage.zitadel.organizationId,
      "readerKeys[0].name": "2026-11",
      "readerKeys[0].expires": "2035-11-01T00:00:00Z",
      destinationUrl: stage.receiver.url,
      destinationToken: { secret: TOKEN },
    },
    change: { destinationUrl: `${stage.receiver.url}?changed` },
    touched: configurationChange,
    secrets: [TOKEN, adminKey(stage)],
  };
}

function existingKey(stage: Stage): Program {
  return {
    name: "examples/existing-key",
    folder: example("existing-key"),
    config: { ...address(stage), url: stage.receiver.url },
    change: { url: `${stage.receiver.url}?changed` },
    touched: configurationChange,
    secrets: [],
    async prepare({ zitadel, workload }) {
      const { users, members, administrator } = zitadel;
      const { aggregateId: userId } = await users.addMachine(administrator, {
        userName: "brought-along",
        name: "brought along",
        accessTokenType: 0,
      });
      await members.add(administrator, userId, ["IAM_OWNER_VIEWER"]);
      const [, key] = await users.addKey(administrator, userId, Date.parse("2035-01-01") * 1000);
      const namespace = "audit-log";
      const { objects } = workload.supervisor;
      const create = (object: KubernetesObject) => objects.create(object, false);
      create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      const secret = (name: string, stringData: Record<string, string>) =>
        create({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData });
      secret("zitadel-reader", { "key.json": JSON.stringify(key) });
      secret("siem", { token: TOKEN });
      return {
        secrets: [TOKEN, JSON.stringify(key)],
        undo: () =>
          workload.supervisor.delete(
            { apiVersion: "v1", kind: "Namespace", name: namespace },
            () => undefined,
          ),
      };
    },
  };
}

function keyRotation(stage: Stage): Program {
  return exampleProgram(stage, "key-rotation", {
    config: { url: stage.receiver.url, signingSecret: { secret: SIGNING } },
    change: { url: `${stage.receiver.url}?changed` },
    touched: configurationChange,
    secrets: [SIGNING],
  });
}

function loginsSplunk(stage: Stage): Program {
  return exampleProgram(stage, "logins-splunk", {
    // No pods of ZITADEL run here.
    config: { collect: "false", url: stage.receiver.url, token: { secret: TOKEN } },
    ...changedCredential("token"),
  });
}

function loginsEndpoint(stage: Stage): Program {
  return exampleProgram(stage, "logins-endpoint", {
    config: { url: "https://logins.example.com/in" },
    change: { url: "https://other.example.com/in" },
    touched: ["Action", "LoginActions"],
    secrets: [],
    delivers: false,
  });
}

function yamlProgram(stage: Stage): Program {
  return exampleProgram(stage, "yaml", {
    config: {
      ...address(stage),
      // In quotes: a text that reads as a number is one for a program in YAML.
      organizationId: JSON.stringify(stage.zitadel.organizationId),
      url: stage.receiver.url,
      token: { secret: TOKEN },
    },
    change: { url: `${stage.receiver.url}?changed` },
    touched: configurationChange,
  });
}
