/** The secrets of `wrangler dev`, in the file that wrangler reads them from. */

import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";

/** Makes the file unless there is one. @returns whether it was made */
export function ensureDevVars(file: string): boolean {
  const secret = () => randomBytes(32).toString("base64url");
  const text = `# Made by npm run dev, for this machine alone. Deployed secrets: npx wrangler secret put NAME
ADMIN_TOKEN=${secret()}
CLICK_ID_SECRET=${secret()}
`;
  try {
    writeFileSync(file, text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
