import type { Member } from "./directory";
import { alreadyExists, notFound } from "./errors";
import type { StoredEvent } from "./eventTable";
import type { Caller, Instance } from "./instance";

/** Members of the instance and their roles. */
export class InstanceMembers {
  constructor(private readonly instance: Instance) {}

  get(userId: string): Member {
    const member = this.instance.directory.instanceMembers.get(userId);
    if (!member) throw notFound("INSTANCE-D8JxR", "Errors.Instance.Member.NotFound");
    return member;
  }

  /** @param userIds none: all members */
  search(userIds: string[]): Member[] {
    const members = [...this.instance.directory.instanceMembers.values()];
    return userIds.length === 0 ? members : members.filter((one) => userIds.includes(one.userId));
  }

  async add(caller: Caller, userId: string, roles: string[]): Promise<StoredEvent> {
    if (!this.instance.directory.users.has(userId)) throw notFound("INSTA-GSXOn", "User could not be found");
    if (this.instance.directory.instanceMembers.has(userId)) {
      throw alreadyExists("INSTA-pFDwe", "Errors.Instance.Member.AlreadyExists");
    }
    return this.write(caller, "added", { roles, userId });
  }

  /** The same roles again are accepted and write nothing (recording mgmt-instance-member-update-no-changes). */
  async change(caller: Caller, userId: string, roles: string[]): Promise<Member> {
    const member = this.get(userId);
    const same =
      roles.length === member.roles.length && roles.every((role, index) => role === member.roles[index]);
    if (!same) await this.write(caller, "changed", { roles, userId });
    return this.get(userId);
  }

  async remove(caller: Caller, userId: string): Promise<StoredEvent | undefined> {
    if (!this.instance.directory.instanceMembers.has(userId)) return undefined;
    return this.write(caller, "removed", { userId });
  }

  private async write(caller: Caller, what: string, payload: object): Promise<StoredEvent> {
    const { id } = this.instance;
    const instance = { aggregateType: "instance", aggregateId: id, resourceOwner: id };
    const [stored] = await this.instance.push(caller, {
      ...instance,
      eventType: `instance.member.${what}`,
      payload,
    });
    return stored!;
  }
}
