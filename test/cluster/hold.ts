import { ensureCluster } from "./cluster";

/** Keeps the cluster up while the stage's files come and go. */
export default async function hold(): Promise<() => Promise<void>> {
  const { stop } = await ensureCluster();
  return stop;
}
