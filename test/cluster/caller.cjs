/*
 * Runs in a pod in ZITADEL's place: calls the webhook without a pause, on connections of their own and on kept ones,
 * with signed claims, and says on port 9000 what became of the calls.
 */
const http = require("node:http");
const { createHmac, randomBytes } = require("node:crypto");

const [url, organization, secret] = process.argv.slice(2);
/** Calls by their answer: the status, or why there was none. */
const counts = {};

function body() {
  const record = JSON.stringify({
    id: randomBytes(16).toString("hex"),
    time: new Date().toISOString(),
    flow: "internal",
    trigger: "post authentication",
    outcome: "success",
    method: "password",
  });
  const signature = createHmac("sha256", secret).update(record).digest("hex");
  return JSON.stringify({ organization, signature, record });
}

function call(agent) {
  return new Promise((resolve) => {
    const request = http.request(url, { method: "POST", agent, timeout: 5000 }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    request.on("timeout", () => request.destroy(new Error("no answer within 5 s")));
    request.on("error", (error) =>
      resolve(`${agent ? "kept connection" : "own connection"}: ${error.message}`),
    );
    request.end(body());
  });
}

async function callAgainAndAgain(agent) {
  for (;;) {
    const said = await call(agent);
    counts[said] = (counts[said] ?? 0) + 1;
    // About the pace of somebody who signs in: faster, this one node would be busy with nothing else.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const kept = new http.Agent({ keepAlive: true, maxSockets: 2 });
for (const agent of [false, false, kept, kept]) callAgainAndAgain(agent);
http.createServer((_, response) => response.end(JSON.stringify(counts))).listen(9000);
