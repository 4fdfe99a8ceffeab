import { type LogTime, readLogTime } from "./logTime";

/** One run of a container: it gets a new id each time it is restarted. */
export interface Instance {
  /** The runtime's id. */
  id: string;
  startedAt?: LogTime;
  /** Set once it has ended. */
  ended: boolean;
  finishedAt?: LogTime;
}

/** A container of a pod, as its status tells. */
export interface Container {
  uid: string;
  pod: string;
  container: string;
  /** What the API serves as the container's log; absent before its first start. */
  current?: Instance;
  /** What the API serves as the log of the previous instance. */
  previous?: Instance;
}

/** What tells a container from every other: a pod's name may be given again, its uid is not. */
export function containerKey({ uid, container }: { uid: string; container: string }): string {
  return `${uid}/${container}`;
}

/**
 * The containers of a pod in the API's form
 * (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus). While a container
 * waits for its restart, the log that is served as the current one is that of the instance that ended last.
 */
export function containersOf(pod: unknown): Container[] {
  const { metadata, status } = objectOf(pod);
  const { uid, name } = objectOf(metadata);
  const statuses = objectOf(status).containerStatuses;
  if (typeof uid !== "string" || typeof name !== "string" || !Array.isArray(statuses)) return [];
  return statuses.flatMap((entry): Container[] => {
    const { name: container, containerID, state, lastState } = objectOf(entry);
    if (typeof container !== "string") return [];
    const { running, terminated, waiting } = objectOf(state);
    const last = ended(objectOf(lastState).terminated);
    const current = terminated
      ? (ended(terminated) ?? last)
      : running
        ? started(containerID, objectOf(running).startedAt)
        : waiting
          ? last
          : undefined;
    const previous = last?.id === current?.id ? undefined : last;
    return [{ uid, pod: name, container, current, previous }];
  });
}

function started(id: unknown, startedAt: unknown): Instance | undefined {
  if (typeof id !== "string" || id === "") return undefined;
  return { id, startedAt: timeOf(startedAt), ended: false };
}

function ended(terminated: unknown): Instance | undefined {
  const { containerID, startedAt, finishedAt } = objectOf(terminated);
  const instance = started(containerID, startedAt);
  return instance && { ...instance, ended: true, finishedAt: timeOf(finishedAt) };
}

function timeOf(value: unknown): LogTime | undefined {
  return typeof value === "string" ? readLogTime(value) : undefined;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
