import { healthPortName } from "./workload";

const get = (path: string) => ({ httpGet: { path, port: healthPortName } });

/** Up to five minutes for a start: a journal may have to be migrated or salvaged first. */
const startupProbe = { ...get("/livez"), periodSeconds: 2, failureThreshold: 150, timeoutSeconds: 2 };
/** The loops turn: without that for a minute, a restart is the only remedy. */
const livenessProbe = { ...get("/livez"), periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5 };
/** The forwarder does what it is for; the answer's body says what is missing. */
const readinessProbe = { ...get("/readyz"), periodSeconds: 5, failureThreshold: 3, timeoutSeconds: 5 };

export const probes = { startupProbe, livenessProbe, readinessProbe };
