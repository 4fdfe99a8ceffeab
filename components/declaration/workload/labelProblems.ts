import type { Problem } from "../../../contract";
import { isOwnAnnotation, ownLabels } from "../../kubernetes/ownNames";
import { objectOf, type Properties } from "./known";

/** The labels and annotations of a declaration, or of a part of it at `prefix`, that are the forwarder's own. */
export const labelProblems = ({ labels, annotations }: Properties, prefix = ""): Problem[] => [
  ...ownNames(labels, `${prefix}labels`, (name) => ownLabels.includes(name)),
  ...ownNames(annotations, `${prefix}annotations`, isOwnAnnotation),
];

const ownNames = (given: unknown, path: string, isOwn: (name: string) => boolean): Problem[] =>
  Object.keys(objectOf(given))
    .filter(isOwn)
    .map((name) => ({
      path: `${path}.${name}`,
      message: "cannot be replaced: it is the forwarder's own. Take it out",
    }));
