import { changedAnswer, createdDetails, searchAnswer, shownHistory } from "./details";
import type { Instance } from "./instance";
import { InstanceMembers } from "./members";
import { type Route, route } from "./route";
import { formatTimestamp } from "./timestamp";

/** The admin calls on members of the instance. */
export function memberRoutes(instance: Instance): Route[] {
  const members = new InstanceMembers(instance);
  return [
    route("POST", "/admin/v1/members", "iam.member.write", async ({ caller, body }) => {
      const event = await members.add(caller, body.string("userId") ?? "", body.strings("roles"));
      return { details: createdDetails(event) };
    }),
    route("POST", "/admin/v1/members/_search", "iam.member.read", ({ body }) => {
      const userIds = body
        .messages("queries")
        .map((query) => query.message("userIdQuery")?.string("userId") ?? "");
      const found = members.search(userIds).map((member) => {
        const user = instance.directory.users.get(member.userId);
        return {
          userId: member.userId,
          details: shownHistory(member),
          roles: member.roles,
          ...(user && {
            preferredLoginName: user.userName,
            displayName: user.name,
            userType: user.machine ? "TYPE_MACHINE" : "TYPE_HUMAN",
            userResourceOwner: user.resourceOwner,
          }),
        };
      });
      return searchAnswer(instance, found);
    }),
    route("PUT", "/admin/v1/members/:user", "iam.member.write", async ({ caller, parameters, body }) => {
      const { sequence, changedAt, resourceOwner } = await members.change(
        caller,
        parameters.user!,
        body.strings("roles"),
      );
      return {
        details: { sequence: String(sequence), changeDate: formatTimestamp(changedAt), resourceOwner },
      };
    }),
    route("DELETE", "/admin/v1/members/:user", "iam.member.delete", async ({ caller, parameters }) => {
      const event = await members.remove(caller, parameters.user!);
      return event ? changedAnswer(event) : { details: {} };
    }),
  ];
}
