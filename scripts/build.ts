/** Builds what the browser gets into dist/public. */
import { mkdirSync } from "node:fs";

mkdirSync("dist/public", { recursive: true });
