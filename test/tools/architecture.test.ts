import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { importsOf, sourcesBelow } from "./imports";

const root = join(__dirname, "..", "..");
const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");

interface Picture {
  /** The files and folders that it shows. */
  places: string[];
  /** `from --> to`, for nodes that are places. */
  arrows: string[];
}

/** A picture of the page, by the heading that it stands under. */
function picture(heading: string): Picture {
  const [, section] = page.split(`\n## ${heading}\n`);
  const [, text] = /```mermaid\n(.*?)```/s.exec(section!)!;
  const places = new Map<string, string>();
  for (const [, node, label] of text!.matchAll(/(\w+)\["([^"]+)"\]/g)) {
    const [place] = label!.split("<br>");
    if (/\/|^contract$/.test(place!)) places.set(node!, place!);
  }
  const arrows = [...text!.matchAll(/^\s*(\w+)(?:\[[^\]]*\])? -->(?:\|[^|]*\|)? (\w+)/gm)].flatMap(
    ([, from, to]) =>
      places.has(from!) && places.has(to!) ? [`${places.get(from!)} --> ${places.get(to!)}`] : [],
  );
  return { places: [...places.values()], arrows };
}

/** Every import from one of the places to another, as arrows. */
function imports(places: readonly string[]): string[] {
  const placeOf = (file: string) => places.find((place) => file === place || file.startsWith(`${place}/`));
  const found = ["components", "contract", "forwarder"].flatMap((folder) =>
    sourcesBelow(join(root, folder)).flatMap((file) => {
      const from = placeOf(relative(root, file));
      return importsOf(file).flatMap((imported) => {
        const to = placeOf(relative(root, imported));
        return from && to && from !== to ? [`${from} --> ${to}`] : [];
      });
    }),
  );
  return [...new Set(found)];
}

it.each(["The way of a record", "The stack", "Who imports whom"])("%s: what it shows is there", (heading) => {
  const { places } = picture(heading);
  console.log(`${heading}: ${places.length} places`);
  expect(places.length).toBeGreaterThan(3);
  for (const place of places) expect(existsSync(join(root, place)), place).toBe(true);
});

describe.each(["The stack", "Who imports whom"])("%s", (heading) => {
  it("has an arrow for every import, and no other", () => {
    const { places, arrows } = picture(heading);
    console.log(`${heading}: ${arrows.length} arrows`);
    expect(arrows.toSorted()).toEqual(imports(places).toSorted());
  });
});

it("every folder of components, contract and forwarder is in the picture of imports", () => {
  const { places } = picture("Who imports whom");
  const folders = ["components", "forwarder"].flatMap((folder) =>
    sourcesBelow(join(root, folder)).map((file) =>
      relative(root, file).split("/").slice(0, -1).slice(0, 2).join("/"),
    ),
  );
  const shown = new Set(places);
  expect([...new Set(folders)].filter((folder) => folder.includes("/") && !shown.has(folder))).toEqual([]);
});
