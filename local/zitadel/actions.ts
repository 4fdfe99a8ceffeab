import type { Action, Binding } from "./directory";
import { alreadyExists, failedPrecondition, invalidArgument, notFound } from "./errors";
import type { StoredEvent } from "./eventTable";
import type { Caller, Instance } from "./instance";

export interface ActionFields {
  name: string;
  script: string;
  /** Nanoseconds. */
  timeout: number;
  allowedToFail: boolean;
}

const LONGEST_TIMEOUT = 20_000_000_000;

/** Actions (version 1) and where they are bound. */
export class Actions {
  constructor(private readonly instance: Instance) {}

  get(caller: Caller, actionId: string): Action {
    const action = this.find(caller, actionId);
    if (!action) throw notFound("QUERY-2nKmD", "Action not found");
    return action;
  }

  search(caller: Caller): Action[] {
    return [...this.instance.directory.actions.values()].filter(
      (one) => one.resourceOwner === caller.organizationId,
    );
  }

  async add(caller: Caller, fields: ActionFields): Promise<StoredEvent> {
    refuseTimeout("CreateActionRequest", fields.timeout);
    if (this.search(caller).some((one) => one.name === fields.name)) {
      throw alreadyExists("V3-DKcYh", "Errors.Action.AlreadyExists");
    }
    const { allowedToFail, name, script, timeout } = fields;
    const payload = {
      ...(allowedToFail && { allowedToFail }),
      name,
      ...(script && { script }),
      ...(timeout && { timeout }),
    };
    return this.write(caller, this.instance.identifiers.next(), "added", payload);
  }

  async change(caller: Caller, actionId: string, fields: ActionFields): Promise<StoredEvent> {
    refuseTimeout("UpdateActionRequest", fields.timeout);
    const before = this.find(caller, actionId);
    if (!before) throw notFound("COMMAND-Sfg2t", "Action not found");
    const names = ["allowedToFail", "name", "script", "timeout"] as const;
    const differing = names.filter((name) => fields[name] !== before[name]);
    if (differing.length === 0) throw failedPrecondition("ACTION-dg4t2", "No changes");
    const payload = Object.fromEntries(differing.map((name) => [name, fields[name]]));
    return this.write(caller, actionId, "changed", payload);
  }

  /** Takes the action out of every list, too. */
  async remove(caller: Caller, actionId: string): Promise<void> {
    if (!this.find(caller, actionId)) throw notFound("COMMAND-Dgh4h", "Action not found");
    const flows = new Set(
      this.bindings(caller)
        .filter((one) => one.actionIds.includes(actionId))
        .map((one) => one.flow),
    );
    await this.instance.push(
      caller,
      { ...this.aggregate(caller, actionId), eventType: "action.removed", payload: {} },
      ...[...flows].map((flowType) => ({
        ...organization(caller),
        eventType: "org.flow.trigger_actions.cascade.removed",
        payload: { actionID: actionId, flowType, triggerType: 0 },
      })),
    );
  }

  /** What is bound in a flow; a trigger whose actions are all gone is not listed. */
  bound(caller: Caller, flow: number): Binding[] {
    return this.bindings(caller).filter((one) => one.flow === flow && one.actionIds.length > 0);
  }

  /** Sets the whole list of a flow's trigger; the list that is there already is refused. */
  async bind(caller: Caller, flow: number, trigger: number, actionIds: string[]): Promise<StoredEvent> {
    const before = this.bindings(caller).find((one) => one.flow === flow && one.trigger === trigger);
    if (JSON.stringify(before?.actionIds ?? []) === JSON.stringify(actionIds)) {
      throw failedPrecondition("COMMAND-Nfh52", "No Changes");
    }
    if (actionIds.some((id) => !this.find(caller, id))) {
      throw failedPrecondition("COMMAND-dg422", "ActionIDs do not exist");
    }
    const payload = {
      actionIDs: actionIds.length > 0 ? actionIds : null,
      flowType: flow,
      triggerType: trigger,
    };
    const [stored] = await this.instance.push(caller, {
      ...organization(caller),
      eventType: "org.flow.trigger_actions.set",
      payload,
    });
    return stored!;
  }

  private bindings(caller: Caller): Binding[] {
    return this.instance.directory.bindings.get(caller.organizationId) ?? [];
  }

  private find(caller: Caller, actionId: string): Action | undefined {
    const action = this.instance.directory.actions.get(actionId);
    return action?.resourceOwner === caller.organizationId ? action : undefined;
  }

  private aggregate(caller: Caller, actionId: string) {
    return { aggregateType: "action", aggregateId: actionId, resourceOwner: caller.organizationId };
  }

  private async write(caller: Caller, actionId: string, what: string, payload: object): Promise<StoredEvent> {
    const event = { ...this.aggregate(caller, actionId), eventType: `action.${what}`, payload };
    const [stored] = await this.instance.push(caller, event);
    return stored!;
  }
}

function organization({ organizationId }: Caller) {
  return { aggregateType: "org", aggregateId: organizationId, resourceOwner: organizationId };
}

function refuseTimeout(request: string, timeout: number): void {
  if (timeout < 0 || timeout > LONGEST_TIMEOUT) {
    throw invalidArgument(request, "Timeout", "value must be inside range [0s, 20s]");
  }
}
