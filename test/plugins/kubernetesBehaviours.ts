import { test } from "vitest";
import { behaviours } from "../../local/plugins/kubernetes/behaviours";

export type BehaviourKey = keyof typeof behaviours;

/** A test of one line of the table of behaviours, named after it. */
export function behaves(key: BehaviourKey, run: () => Promise<void>): void {
  test(`${key}: ${behaviours[key].does}`, run);
}
