import { Agent } from "undici";
import { systemClock } from "../../local/zitadel/clock";
import { serve } from "./workerProcess";

/** A bare loop, as a process: fetches pages one after another on one kept-alive connection and throws them away. */
const calls = {
  async run({ issuer, token, searches }: { issuer: string; token: string; searches: string[] }) {
    const agent = new Agent({ connections: 1, pipelining: 1 });
    const cpuBefore = process.cpuUsage();
    const startedAt = systemClock.now();
    let bytes = 0;
    for (const search of searches) {
      const { statusCode, body } = await agent.request({
        origin: issuer,
        path: "/admin/v1/events/_search",
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: search,
      });
      if (statusCode !== 200) throw new Error(`the bare loop was answered ${statusCode}`);
      for await (const chunk of body) bytes += (chunk as Buffer).length;
    }
    const endedAt = systemClock.now();
    const { user, system } = process.cpuUsage(cpuBefore);
    await agent.close();
    return { startedAt, endedAt, bytes, cpuSeconds: (user + system) / 1e6 };
  },
};

export type BareLoopCalls = typeof calls;
serve(calls);
