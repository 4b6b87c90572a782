/** What test/support/node/access-certs.ts is told to answer. */
export interface CertsAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Sends nothing, or the body's beginning and nothing more. */
  hang?: "at once" | "within the body";
}
