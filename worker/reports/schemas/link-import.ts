import { z } from "zod";
import { rowNumber } from "./query.ts";

export const LinkImportQuery = z
  .strictObject({
    program_id: rowNumber.meta({ description: "The program that the links are of" }),
    dry_run: z
      .enum(["0", "1"])
      .default("0")
      .meta({ description: "1: nothing is written; the answer is the same" }),
  })
  .meta({ id: "LinkImportQuery" });

const LinkImportRow = z
  .strictObject({
    line: z.int().meta({ description: "Where the row begins in the file; the header is line 1" }),
    code: z.string(),
    action: z.enum(["create", "update", "unchanged", "error"]),
    errors: z
      .array(z.strictObject({ field: z.string().meta({ description: "The column" }), error: z.string() }))
      .meta({ description: "Of a row that is unchanged: that its program_id is another program's" }),
  })
  .meta({ id: "LinkImportRow" });

export const LinkImport = z
  .strictObject({
    dry_run: z.boolean(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    failed: z.int(),
    ignored_columns: z.array(z.string()).meta({ description: "Of the header, those that say nothing here" }),
    rows: z.array(LinkImportRow),
  })
  .meta({ id: "LinkImport" });
