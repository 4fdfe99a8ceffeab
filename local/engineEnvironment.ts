/**
 * The environment in which the engine and its plugins run. It is built from a list of what may pass, so that
 * nothing of the person's own set-up (logins, backends, kubeconfigs, cloud accounts) can reach it.
 */

/** What passes from the person's environment: language, time zone, temporary folder, authorities to trust. */
const PASSED = ["LANG", "LC_ALL", "TZ", "TMPDIR", "NODE_EXTRA_CA_CERTS"];

/** Where the system's own programs are. */
export const SYSTEM_PATH = ["/usr/local/bin", "/usr/bin", "/bin"];

/** What stays in this process besides: where programs are, and what a terminal needs. */
const KEPT_IN_PROCESS = [...PASSED, "PATH", "HOME", "TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "USER"];
/** What the tests' runner tells its workers. */
const KEPT_PREFIXES = ["VITEST", "NODE_ENV", "TINYPOOL", "ZITADEL_SIEM_"];

/** The folders of one run. */
export interface RunFolders {
  /** The engine's HOME. */
  home: string;
  pulumiHome: string;
  /** The file backend's folder. */
  state: string;
}

export interface EngineEnvironmentOptions extends RunFolders {
  runId: string;
  passphrase: string;
  /** Folders searched before the system's: those of the plugins, of Node and of language hosts. */
  path: readonly string[];
  /** What the plugins of this run are told besides. */
  extra?: Record<string, string>;
}

/** The marker that the local plugins ask for: a plugin that is started without it refuses. */
export const RUN_MARKER = "ZITADEL_SIEM_LOCAL_RUN";
/** The file to which each plugin writes one line when it starts. */
export const RUN_LOG = "ZITADEL_SIEM_LOCAL_RUN_LOG";

/** The whole environment of the engine of one run. */
export function engineEnvironment(
  outer: NodeJS.ProcessEnv,
  { runId, passphrase, path, home, pulumiHome, state, extra = {} }: EngineEnvironmentOptions,
): Record<string, string> {
  return {
    ...pick(outer, PASSED),
    PATH: [...path, ...SYSTEM_PATH].join(":"),
    HOME: home,
    PULUMI_HOME: pulumiHome,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    // Event logs and plugin paths are asked for by options that the engine hides without it.
    PULUMI_DEBUG_COMMANDS: "true",
    PULUMI_AUTOMATION_API: "true",
    [RUN_MARKER]: runId,
    ...extra,
  };
}

/**
 * Takes everything out of this process's own environment that could lead a program which runs in it to
 * something of the person's: the Kubernetes SDK reads KUBECONFIG, the Pulumi SDK PULUMI_*.
 */
export function clearEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) {
    const kept = KEPT_IN_PROCESS.includes(name) || KEPT_PREFIXES.some((prefix) => name.startsWith(prefix));
    if (!kept) delete environment[name];
  }
}

function pick(environment: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}
