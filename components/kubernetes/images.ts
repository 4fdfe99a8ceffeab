import * as pulumi from "@pulumi/pulumi";
import { defaults } from "../../contract/declaration/defaults";
import type { ForwarderArgs } from "../arguments";
import { lift } from "./lift";

/** What says which images run and how they come. */
export type ImageArgs = Pick<
  ForwarderArgs,
  "image" | "nodeImage" | "collectorImage" | "imageRegistry" | "imagePullPolicy"
>;

/** The forwarder's image, or the one with Node on which its bundle runs. */
export const forwarderImage = (args: ImageArgs) =>
  mirrored(args.image ?? args.nodeImage ?? defaults.nodeImage, args);

export const collectorImage = (args: ImageArgs) =>
  mirrored(args.collectorImage ?? defaults.collectorImage, args);

/** When a container's image is pulled, as a property of the container. */
export const pullPolicy = ({ imagePullPolicy }: ImageArgs) =>
  imagePullPolicy === undefined ? {} : { imagePullPolicy };

/** An image of Docker Hub as the mirror has it; every other one as it is. */
function mirrored(image: pulumi.Input<string>, { imageRegistry }: ImageArgs): pulumi.Input<string> {
  if (imageRegistry === undefined) return image;
  if (typeof imageRegistry === "string") return lift(image, (known) => inRegistry(known, imageRegistry));
  return pulumi.all([image, imageRegistry]).apply(([known, registry]) => inRegistry(known, registry));
}

function inRegistry(image: string, registry: string): string {
  const path = ofDockerHub(image);
  return path === undefined ? image : `${registry}/${path}`;
}

/**
 * An image's path on Docker Hub, undefined of another registry's. What names none is Docker Hub's, and without a
 * folder it is in `library`: https://github.com/distribution/reference/blob/main/normalize.go
 */
function ofDockerHub(image: string): string | undefined {
  const [, first = "", rest = ""] = /^([^/]*)\/(.*)$/.exec(image) ?? [];
  if (first === "docker.io" || first === "index.docker.io") return inFolder(rest);
  return /[.:]/.test(first) || first === "localhost" ? undefined : inFolder(image);
}

const inFolder = (path: string) => (path.includes("/") ? path : `library/${path}`);
