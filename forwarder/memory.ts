import { setFlagsFromString } from "node:v8";

// V8 sizes its heap for speed on a large machine. Set before anything is allocated, these keep the resident set
// of a catch-up at 116 MiB instead of 235 MiB, for about a quarter more CPU.
/** The young generation keeps its first size. */
setFlagsFromString("--semi-space-growth-factor=1");
/** The old generation is collected after growing by so much, percent. */
setFlagsFromString("--heap-growing-percent=20");
