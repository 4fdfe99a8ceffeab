import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** Names under which packages keep their licence, and what some licences ask to be passed on with it. */
const licence = /^(licen[cs]e|copying|notice)/i;

/** The MIT licence, for packages that name it and come without its text. */
const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

interface PackageFacts {
  name: string;
  version: string;
  license?: string;
  author?: string | { name: string };
}

/** The packages of node_modules whose files went into a bundle, as folders relative to `root`, each with its files. */
export function bundledPackages(root: string, inputs: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const input of inputs.toSorted()) {
    // What a plugin of the bundler gives has a namespace before its path, which is absolute.
    const path = relative(root, resolve(root, input.replace(/^[\w-]+:/, "")));
    const [folder] = /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
    if (folder !== undefined) found.set(folder, [...(found.get(folder) ?? []), path]);
  }
  return found;
}

/**
 * The licences of what a bundle holds, from the packages' own files.
 *
 * @param root the folder that the inputs are relative to
 * @param inputs the bundle's files, as the bundler names them
 * @throws where a package says nothing of its licence: then somebody has to look at it
 */
export function thirdPartyNotices(root: string, inputs: readonly string[]): string {
  const notices = [...bundledPackages(root, inputs)].map(([folder, files]) => {
    const facts = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as PackageFacts;
    const texts = licenceFiles(join(root, folder));
    if (texts.length === 0) texts.push(...headers(root, files));
    if (texts.length === 0) texts.push(standardText(facts));
    return [`${facts.name} ${facts.version} (${facts.license})`, ...texts].join("\n\n");
  });
  const introduction = "forwarder.cjs holds parts of the following packages, under their own licences.";
  return `${[introduction, ...notices].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

const licenceFiles = (folder: string) =>
  readdirSync(folder)
    .filter((file) => licence.test(file))
    .map((file) => readFileSync(join(folder, file), "utf8").trim());

/** What a package's files say of their licence at their beginning, each text once. */
function headers(root: string, files: readonly string[]): string[] {
  const texts = files
    .filter((file) => existsSync(join(root, file)))
    .flatMap((file) => {
      const [, comments] =
        /^(?:"use strict";\s*)?((?:\/\/.*\n)+)/.exec(readFileSync(join(root, file), "utf8")) ?? [];
      return comments !== undefined && /copyright/i.test(comments)
        ? [comments.replace(/^\/\/ ?/gm, "").trim()]
        : [];
    });
  return [...new Set(texts)];
}

function standardText({ name, license, author }: PackageFacts): string {
  const holder = typeof author === "object" ? author.name : author;
  if (license !== "MIT" || holder === undefined)
    throw new Error(
      `${name} is bundled and has no licence file: look at it, and leave it out or give its text`,
    );
  return `Copyright (c) ${holder}\n\n${mit}`;
}
