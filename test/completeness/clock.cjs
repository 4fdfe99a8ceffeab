// Preloaded into the forwarder (`node --require clock.cjs`): gives the process another time than the machine's.
//
// FORWARDER_CLOCK is JSON: { speed, offsetSeconds, jumps: [{ atSeconds, bySeconds }] }
//   speed          every clock and every timer of the process runs so many times faster than real time
//   offsetSeconds  how far its wall clock (Date) is off
//   jumps          by how much the wall clock jumps, at which (real) second of the process
// The monotonic clock (performance.now, hrtime, timers) is scaled but never jumps, as on a real machine.
const timersPromises = require("node:timers/promises");
const timers = require("node:timers");
const { speed = 1, offsetSeconds = 0, jumps = [] } = JSON.parse(process.env.FORWARDER_CLOCK ?? "{}");

const realDate = Date;
const realPerformanceNow = performance.now.bind(performance);
const startedAt = realDate.now();
const monotonicStart = realPerformanceNow();
const elapsed = () => (realPerformanceNow() - monotonicStart) * speed;

function wallClock() {
  const seconds = (realPerformanceNow() - monotonicStart) / 1000;
  const jumped = jumps
    .filter(({ atSeconds }) => atSeconds <= seconds)
    .reduce((sum, j) => sum + j.bySeconds, 0);
  return Math.floor(startedAt + elapsed() + (offsetSeconds + jumped) * 1000);
}

globalThis.Date = class ProcessDate extends realDate {
  constructor(...parts) {
    if (parts.length === 0) super(wallClock());
    else super(...parts);
  }
  static now() {
    return wallClock();
  }
};
performance.now = () => monotonicStart + elapsed();
const realHrtime = process.hrtime.bigint.bind(process.hrtime);
const hrtimeStart = realHrtime();
process.hrtime.bigint = () => hrtimeStart + BigInt(Math.round(Number(realHrtime() - hrtimeStart) * speed));

for (const name of ["setTimeout", "setInterval"]) {
  const real = globalThis[name];
  const scaled = (callback, delay = 0, ...rest) => real(callback, delay / speed, ...rest);
  // util.promisify(setTimeout) and the like find the promise form here
  for (const symbol of Object.getOwnPropertySymbols(real)) {
    const promised = real[symbol];
    scaled[symbol] = (delay, ...rest) => promised(delay / speed, ...rest);
  }
  globalThis[name] = scaled;
  timers[name] = scaled;
}
const promisedTimeout = timersPromises.setTimeout;
timersPromises.setTimeout = (delay, ...rest) => promisedTimeout(delay / speed, ...rest);
AbortSignal.timeout = (milliseconds) => {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError")),
    milliseconds,
  );
  timer.unref();
  return controller.signal;
};
