import ts from "typescript";

/** What a contract's word or number stands for. */
export type Atom = "default" | "limit" | "value" | "words" | "format" | "level" | "required";

/** One change of the contract's text. */
export interface Mutation {
  atom: Atom;
  /** The file of the contract. */
  file: string;
  /** What was changed, as it stands there, at most 80 characters. */
  was: string;
  /** Where it stands in the text. */
  at: { start: number; end: number };
  /** What stands there then. */
  text: string;
}

/** Calls that set a limit, by the method's name. */
const limits = new Set(["min", "max"]);
/** Metadata that a person reads. */
const read = new Set(["description", "otherwise", "remark", "typeDescription", "typeName"]);

/** The text with changes; those that lie within one another cannot be made together. */
export function mutated(bundle: string, changes: readonly Pick<Mutation, "at" | "text">[]): string {
  let text = bundle;
  for (const { at, text: changed } of changes.toSorted((a, b) => b.at.start - a.at.start))
    text = text.slice(0, at.start) + changed + text.slice(at.end);
  return text;
}

/**
 * Every mutation of what the contract says, in a text that a bundler made of it: each default, limit, member of an
 * enumeration, format, level of acknowledgement and sentence, one at a time.
 */
export function mutationsOf(bundle: string): Mutation[] {
  const source = ts.createSourceFile("bundle.js", bundle, ts.ScriptTarget.Latest, true);
  const files = [...bundle.matchAll(/^\/\/ (\S+\.ts)$/gm)].map(({ index, 1: file }) => ({
    index,
    file: file!,
  }));
  const found: Mutation[] = [];
  const replace = (atom: Atom, node: ts.Node, text: string) => {
    const { file } = files.findLast(({ index }) => index < node.getStart())!;
    if (!file.startsWith("contract/")) return;
    found.push({
      atom,
      file,
      was: node.getText().slice(0, 80),
      at: { start: node.getStart(), end: node.getEnd() },
      text,
    });
  };
  const change = (atom: Atom, node: ts.Node) => {
    const changed = changedLiteral(node);
    if (changed !== undefined) replace(atom, node, changed);
  };
  const visit = (node: ts.Node) => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const method = node.expression.name.text;
      const [argument] = node.arguments;
      if (method === "default" && argument) change("default", argument);
      if (limits.has(method) && argument && node.expression.expression.getText() !== "Math")
        replace("limit", argument, `(${argument.getText()}) + 1`);
      if (method === "optional") replace("required", node, node.expression.expression.getText());
    }
    if (ts.isCallExpression(node) && node.expression.getText() === "enumeration") members(node, change);
    if (ts.isPropertyAssignment(node)) {
      const name = node.name.getText();
      if (read.has(name)) replace("words", node.initializer, `(${node.initializer.getText()}) + " changed"`);
      if (name === "formats") lists(node.initializer, (one) => change("format", one));
      if (name === "acknowledgement" && ts.isArrowFunction(node.initializer))
        literals(node.initializer.body, (one) => change("level", one));
    }
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

/** Of an enumeration: what it is, and each member's value and meaning. */
function members(call: ts.CallExpression, change: (atom: Atom, node: ts.Node) => void): void {
  const [name, description, all] = call.arguments;
  change("words", name!);
  change("words", description!);
  if (!all || !ts.isObjectLiteralExpression(all)) return;
  for (const member of all.properties)
    if (ts.isPropertyAssignment(member))
      lists(member.initializer, (one, place) => change(place === 0 ? "value" : "words", one));
}

function lists(node: ts.Node, visit: (item: ts.Node, place: number) => void): void {
  const inner = ts.isAsExpression(node) ? node.expression : node;
  if (ts.isArrayLiteralExpression(inner)) inner.elements.forEach(visit);
}

function literals(node: ts.Node, visit: (literal: ts.Node) => void): void {
  if (ts.isStringLiteral(node)) visit(node);
  else node.forEachChild((child) => literals(child, visit));
}

/** Another value of the same form; undefined of what is no literal. */
function changedLiteral(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node))
    return JSON.stringify(`${node.text}-changed`);
  if (ts.isNumericLiteral(node)) return String(Number(node.text) + 1);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return "false";
  if (node.kind === ts.SyntaxKind.FalseKeyword) return "true";
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 0)
    return `[${node.elements.map((one) => changedLiteral(one) ?? one.getText()).join(", ")}]`;
  if (ts.isBinaryExpression(node)) return `(${node.getText()}) * 2`;
  return undefined;
}
