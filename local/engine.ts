/**
 * The real Pulumi engine, shut off from everything that the person already has: an environment of its own, a
 * home of its own, a backend in a folder, and provider plugins of this project. Before the first operation
 * the engine is made to load its plugins, and the run fails if one of them is not ours.
 */
import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { ProviderResource } from "@pulumi/pulumi";
import {
  LocalWorkspace,
  type ProjectSettings,
  PulumiCommand,
  type PulumiFn,
} from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import type { PulumiEngine } from "../tools/pulumi/ensurePulumi";
import { clearEnvironment, engineEnvironment, RUN_LOG } from "./engineEnvironment";
import {
  type InstalledPlugin,
  installComponents,
  installPlugins,
  isPlugin,
  type LocalPlugin,
  missingPlugins,
  startedPlugins,
  writeExecutable,
} from "./enginePlugins";
import { ownSession } from "./engineSession";
import { LocalStack } from "./engineStack";

export interface EngineOptions {
  pulumi: PulumiEngine;
  /** The provider plugins of this project that programs may use. */
  plugins: readonly LocalPlugin[];
  /**
   * Packages of components that programs in other languages may use: name and folder, of the package or of its plugin,
   * which is installed as a person would.
   */
  components?: Readonly<Record<string, string>>;
  /** Folders with `pulumi-language-<name>`, for programs that are not inline. */
  languages?: Readonly<Record<string, string>>;
  /** Environment variables for the plugins of this run. */
  environment?: Record<string, string>;
  /** Where the run's folder is made. Default: the folder for temporary files. */
  parent?: string;
  /**
   * Whether all runs as at a person's who installed Pulumi. Default false: the engine does not write down all that it
   * does, in full and compressed, which nobody reads in a run's folder and which takes half of its processor time;
   * and what Node has compiled once, a plugin or a program, it finds again in the run's folder.
   */
  asInstalled?: boolean;
  /**
   * Whether a Ctrl-C at the terminal is kept from the engine, which the second one kills in the middle of what it does:
   * who runs it interrupts it by an operation's `signal`. Default false.
   */
  inOwnSession?: boolean;
}

export type Configuration = Readonly<Record<string, string | { secret: string }>>;

export interface InlineStackOptions {
  /** The project's name; configuration keys without a namespace belong to it. */
  project: string;
  /** Default `local`. */
  name?: string;
  /** Runs in this process, once for each preview and each up. */
  program: PulumiFn;
  config?: Configuration;
}

export interface FolderStackOptions {
  /** Folder with a Pulumi.yaml; it is copied, never written to. */
  folder: string;
  name?: string;
  config?: Configuration;
}

const run = promisify(execFile);

/** The project in which the engine is made to load its plugins. */
const PROBE = "plugins";

export class LocalEngine {
  private constructor(
    /** The folder of this run: everything that it writes is below. */
    readonly folder: string,
    readonly runId: string,
    private readonly command: PulumiCommand,
    private readonly plugins: readonly InstalledPlugin[],
    private readonly languages: Readonly<Record<string, string>>,
    private readonly log: string,
  ) {}

  /**
   * Opens an engine and makes sure of its plugins. Close it: that removes its folder.
   * Takes what could lead a program to something of the person's out of `process.env`, for good.
   */
  static async open(options: EngineOptions): Promise<LocalEngine> {
    const outer = { ...process.env };
    clearEnvironment(process.env);
    const folder = mkdtempSync(join(options.parent ?? tmpdir(), "zitadel-siem-engine-"));
    try {
      const folders = {
        home: join(folder, "home"),
        pulumiHome: join(folder, "pulumi-home"),
        state: join(folder, "state"),
      };
      for (const path of [...Object.values(folders), join(folder, "bin")]) mkdirSync(path);
      // Where the folder of its logs cannot be made, the engine goes on without.
      if (!options.asInstalled) writeFileSync(join(folders.pulumiHome, "logs"), "");
      const runId = randomUUID();
      const log = join(folder, "plugins.log");
      writeFileSync(log, `${runId}\n`);
      const own = await installPlugins(options.plugins, join(folder, "plugins"));
      const components = Object.entries(options.components ?? {});
      const packages = components
        .filter(([name, source]) => !isPlugin(name, source))
        .map(([name, source]) => installComponents(name, source, join(folder, "plugins")));
      const environment = engineEnvironment(outer, {
        ...folders,
        runId,
        passphrase: randomBytes(24).toString("base64url"),
        path: [
          ...[...own, ...packages].map((plugin) => plugin.folder),
          ...Object.values(options.languages ?? {}),
          dirname(options.pulumi.command),
          dirname(process.execPath),
        ],
        extra: {
          ...(options.asInstalled ? {} : { NODE_COMPILE_CACHE: join(folder, "compiled") }),
          ...options.environment,
          [RUN_LOG]: log,
        },
      });
      // `env -i`, because the Automation API adds to this process's environment and cannot replace it.
      const assignments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
      const session = options.inOwnSession ? ownSession() : [];
      const pulumi = ["/usr/bin/env", "-i", ...assignments, options.pulumi.command];
      // The engine itself, once it runs, does take interrupts.
      const untilSession = session.length > 0 ? "trap '' INT\n" : "";
      writeExecutable(join(folder, "bin", "pulumi"), [...session, ...pulumi], untilSession);
      const command = await PulumiCommand.get({ root: folder, skipVersionCheck: true });
      for (const [name, source] of components.filter(([name, source]) => isPlugin(name, source))) {
        const { version } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
        await run(command.command, ["plugin", "install", "resource", name, version, "--file", source]);
      }
      const plugins = [...own, ...packages];
      const engine = new LocalEngine(folder, runId, command, plugins, options.languages ?? {}, log);
      await engine.#verifyPlugins(own);
      return engine;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** A stack whose program runs in this process. */
  async inlineStack({
    project,
    name = "local",
    program,
    config = {},
  }: InlineStackOptions): Promise<LocalStack> {
    const workDir = this.#newFolder(project);
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: name, projectName: project, program },
      { pulumiCommand: this.command, workDir, projectSettings: this.#settings(project) },
    );
    await stack.setAllConfig(configValues(config));
    return new LocalStack(stack);
  }

  /**
   * A stack from a folder with a Pulumi.yaml, in any language whose host is at hand. Where the folder finds
   * packages of npm, its copy finds the same.
   */
  async folderStack({ folder, name = "local", config = {} }: FolderStackOptions): Promise<LocalStack> {
    const workDir = this.#newFolder(basename(folder));
    cpSync(folder, workDir, {
      recursive: true,
      filter: (source) => basename(source) !== "node_modules" && !/^Pulumi\..+\.yaml$/.test(basename(source)),
    });
    const packages = nearestPackages(folder);
    if (packages) symlinkSync(packages, join(workDir, "node_modules"));
    const project = join(workDir, "Pulumi.yaml");
    const settings = parse(readFileSync(project, "utf8")) as ProjectSettings;
    writeFileSync(project, stringify({ ...settings, ...this.#pluginSettings() }));
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: name, workDir },
      { pulumiCommand: this.command },
    );
    await stack.setAllConfig(configValues(config));
    return new LocalStack(stack);
  }

  /** Removes the run's folder. */
  close(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /**
   * Makes the engine load every plugin in a preview of nothing else. Each of ours writes to the run's log as
   * it starts; a plugin from elsewhere writes nothing there, and it has been given nothing to do.
   */
  async #verifyPlugins(own: readonly InstalledPlugin[]): Promise<void> {
    const stack = await this.inlineStack({
      project: PROBE,
      program: async () => {
        for (const { name } of own) new AnyProvider(name);
      },
    });
    await stack.preview();
    const missing = missingPlugins(own, startedPlugins(this.log));
    if (missing.length > 0) {
      throw new Error(
        `The Pulumi engine does not load this run's own plugins (${missing.join(", ")}) but some from elsewhere. ` +
          "Nothing was done with them. Look for `pulumi-resource-*` executables beside `pulumi`.",
      );
    }
  }

  #newFolder(name: string): string {
    const parent = join(this.folder, "work");
    mkdirSync(parent, { recursive: true });
    return mkdtempSync(join(parent, `${name}-`));
  }

  #settings(name: string): ProjectSettings {
    return { name, runtime: "nodejs", ...this.#pluginSettings() } as ProjectSettings;
  }

  /** Plugins named by path are taken before any other, and without a warning. */
  #pluginSettings() {
    return {
      options: { refresh: "always" },
      plugins: {
        providers: this.plugins.map(({ name, folder }) => ({ name, path: folder })),
        languages: Object.entries(this.languages).map(([name, path]) => ({ name, path })),
      },
    };
  }
}

/** A provider of a package whose SDK is not at hand, without arguments. */
class AnyProvider extends ProviderResource {
  constructor(pkg: string) {
    super(pkg, `${PROBE}-${pkg}`, {});
  }
}

/** The folder `node_modules` in which a program in `folder` finds its packages. */
function nearestPackages(folder: string): string | undefined {
  const packages = join(folder, "node_modules");
  if (existsSync(packages)) return realpathSync(packages);
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestPackages(parent);
}

function configValues(config: Configuration) {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? { value } : { value: value.secret, secret: true },
    ]),
  );
}
