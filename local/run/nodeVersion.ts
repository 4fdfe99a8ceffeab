/** Imported before anything else: what comes after it needs Node's own SQLite and would fail without a reason. */
const OLDEST = 24;

if (Number(process.versions.node.split(".")[0]) < OLDEST) {
  console.error(
    `Node ${OLDEST} or later is needed, this is ${process.version} (${process.execPath}).\n` +
      "On Linux x64 `npm install` brings it along and `npm start` uses it; elsewhere install it from https://nodejs.org.",
  );
  process.exit(1);
}
