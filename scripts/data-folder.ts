/** The folder that a collector keeps its state in: one process at a time, and the secrets that are made once. */

import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CannotStart } from "./cannot-start.ts";

export interface DataFolder {
  /** Absolute. */
  path: string;
  /** @returns the secret kept under `name`; made at the first call. */
  secret(name: string): string;
  /** Lets another process have the folder. A process that ends in any way does so too. */
  close(): void;
}

/** @throws {CannotStart} when the folder cannot be written or another process has it */
export function openDataFolder(dir: string): DataFolder {
  const path = resolve(dir);
  try {
    makeFolder(path);
    const lock = lockOf(path);
    return { path, secret: (name) => keptSecret(join(path, name)), close: () => lock.close() };
  } catch (error) {
    if (error instanceof CannotStart) throw error;
    throw new CannotStart(
      `The data folder ${path} cannot be written (${(error as Error).message}). Set another with CLICKFERRY_DATA.`,
    );
  }
}

/** Not mkdir's `recursive`: Node turns for ever where the system says ENOENT although the parent is there, as in /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  // Visitors' addresses and the admin token will lie in here.
  mkdirSync(path, { mode: 0o700 });
}

/** SQLite's lock is the kernel's: it goes with the process, kill -9 included, so there is no stale one to judge. */
function lockOf(path: string): DatabaseSync {
  const lock = new DatabaseSync(join(path, "lock"));
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new CannotStart(
      `Another Clickferry is running on ${path}. End it first, or set another folder with CLICKFERRY_DATA.`,
    );
  }
}

const SQLITE_BUSY = 5;

function keptSecret(file: string): string {
  try {
    const kept = readFileSync(file, "utf8").trim();
    if (kept) return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const made = randomBytes(32).toString("base64url");
  writeWhole(file, `${made}\n`);
  return made;
}

/** A crash leaves the old file or the new, never half of one: a lost click-id secret would void every cookie. */
function writeWhole(file: string, text: string): void {
  const half = `${file}.new`;
  const fd = openSync(half, "w", 0o600);
  writeSync(fd, text);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(half, file);
}
