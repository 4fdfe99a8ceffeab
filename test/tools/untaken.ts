/**
 * Finds promises of whose failure nobody takes notice: one that stands alone as a statement, also behind `void`, and a
 * function that returns one where its caller looks at no result (`server.on("request", async …)`). Such a failure ends
 * a whole run of tests, at a moment that has nothing to do with it.
 */
import { relative } from "node:path";
import ts from "typescript";

/** Each as `file:line: what`, of those files that `wanted` takes. */
export function untakenPromises(
  program: ts.Program,
  root: string,
  wanted: (file: string) => boolean,
): string[] {
  const checker = program.getTypeChecker();
  const found: string[] = [];
  const note = (node: ts.Node, what: string) => {
    const source = node.getSourceFile();
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${relative(root, source.fileName)}:${line + 1}: ${what}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && !isProgram(node) && standsAlone(checker, node.expression))
      note(node, "a promise that nobody awaits");
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      for (const argument of node.arguments ?? []) {
        if (isPromising(checker, argument) && isUnheard(checker, argument))
          note(argument, "an asynchronous function whose promise nobody takes");
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const source of program.getSourceFiles()) if (wanted(source.fileName)) visit(source);
  return found;
}

/** `void main();` at the end of a file: its failure ends the process and is shown. */
function isProgram({ expression, parent }: ts.ExpressionStatement): boolean {
  const outer = ts.isIfStatement(parent) ? parent.parent : parent;
  return ts.isVoidExpression(expression) && ts.isSourceFile(outer);
}

/** Whether an expression is a promise whose failure goes nowhere; one that is assigned is awaited elsewhere. */
function standsAlone(checker: ts.TypeChecker, expression: ts.Expression): boolean {
  if (ts.isBinaryExpression(expression)) return false;
  const promise = ts.isVoidExpression(expression) ? expression.expression : expression;
  if (!isPromise(checker.getTypeAtLocation(promise))) return false;
  if (!ts.isCallExpression(promise) || !ts.isPropertyAccessExpression(promise.expression)) return true;
  const { name, expression: inner } = promise.expression;
  if (name.text === "finally") return standsAlone(checker, inner);
  return !(name.text === "catch" || (name.text === "then" && promise.arguments.length > 1));
}

/** Whether an argument is a function that returns a promise whose failure goes nowhere. */
function isPromising(checker: ts.TypeChecker, argument: ts.Expression): boolean {
  if (ts.isArrowFunction(argument) && !ts.isBlock(argument.body)) return standsAlone(checker, argument.body);
  const signatures = checker.getTypeAtLocation(argument).getCallSignatures();
  return signatures.some((signature) => isPromise(signature.getReturnType()));
}

/** Whether the function that is expected here returns nothing. */
function isUnheard(checker: ts.TypeChecker, argument: ts.Expression): boolean {
  const expected = checker.getContextualType(argument);
  const kinds = expected?.isUnion() ? expected.types : expected ? [expected] : [];
  const returned = kinds.flatMap((kind) => kind.getCallSignatures().map((one) => one.getReturnType()));
  return returned.length > 0 && returned.every((type) => (type.flags & ts.TypeFlags.Void) !== 0);
}

function isPromise(type: ts.Type): boolean {
  const kinds = type.isUnion() ? type.types : [type];
  return kinds.some((kind) => kind.getSymbol()?.name === "Promise");
}
