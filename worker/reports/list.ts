import type { AdminContext } from "./context.ts";
import { type CsvColumns, csvRecord } from "./csv.ts";
import { type Cursor, readCursor, writeCursor } from "./cursor.ts";
import { refuse } from "./refusal.ts";
import { DEFAULT_LIMIT } from "./schemas/query.ts";

export interface Listing<Row> {
  /** Names the list and its sort; a cursor of another order is refused. */
  order: string;
  columns: CsvColumns<Row>;
  /** Where a page that ends with this row ends. */
  cursor(row: Row): Cursor;
  /** @returns up to `limit` rows after the cursor, or from the start. */
  rows(limit: number, after: Cursor | undefined): Promise<Row[]>;
}

interface ListQuery {
  format: "json" | "csv";
  limit?: number | undefined;
  cursor?: string | undefined;
}

interface Page<Row> {
  data: Row[];
  next_cursor: string | null;
}

/**
 * Answers a list: `{"data":[…],"next_cursor"}`, or the same rows as CSV. CSV with a limit is one page, its next cursor
 * in the header X-Next-Cursor; without one it is the whole list, read a page at a time while it is sent.
 */
export async function list<Row>(c: AdminContext, query: ListQuery, listing: Listing<Row>): Promise<Response> {
  let after: Cursor | undefined;
  if (query.cursor !== undefined) {
    after = readCursor(listing.order, query.cursor);
    if (!after) {
      return refuse(c, { kind: "invalid", field: "cursor", error: "cursor is not of this list and sort" });
    }
  }
  if (query.format === "json") return c.json(await page(listing, query.limit ?? DEFAULT_LIMIT, after));
  const first = await page(listing, query.limit ?? CSV_PAGE, after);
  const headers = csvHeaders(c);
  if (query.limit !== undefined) {
    if (first.next_cursor) headers["X-Next-Cursor"] = first.next_cursor;
    return c.body(csvHeader(listing.columns) + csvRecords(listing.columns, first.data), 200, headers);
  }
  return c.body(whole(listing, first), 200, headers);
}

/** A list that is short enough to be answered at once, as CSV. */
export function csvAnswer<Row>(c: AdminContext, columns: CsvColumns<Row>, rows: Row[]): Response {
  return c.body(csvHeader(columns) + csvRecords(columns, rows), 200, csvHeaders(c));
}

/**
 * Rows read at a time for a whole list: few enough to hold, and many enough that a million rows stay far below the
 * 1,000 queries that D1 allows one request.
 */
const CSV_PAGE = 5000;

/** The file is named for its list: "clickferry-links.csv". */
function csvHeaders(c: AdminContext): Record<string, string> {
  const name = c.req.path.split("/").at(-1);
  return {
    "Content-Type": "text/csv; charset=utf-8; header=present",
    "Content-Disposition": `attachment; filename="clickferry-${name}.csv"`,
  };
}

async function page<Row>(
  listing: Listing<Row>,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<Row>> {
  // One row more than asked for tells whether there is another page.
  const rows = await listing.rows(limit + 1, after);
  const data = rows.slice(0, limit);
  const last = rows.length > limit ? data.at(-1) : undefined;
  return { data, next_cursor: last ? writeCursor(listing.order, listing.cursor(last)) : null };
}

function whole<Row>(listing: Listing<Row>, first: Page<Row>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let current: Page<Row> | undefined;
  return new ReadableStream({
    // Pulled by the reader, so that no more than a page is held however slow the reader is.
    async pull(controller) {
      if (!current) {
        current = first;
        controller.enqueue(encoder.encode(csvHeader(listing.columns)));
      } else {
        const after = readCursor(listing.order, current.next_cursor!);
        current = await page(listing, CSV_PAGE, after);
      }
      if (current.data.length > 0)
        controller.enqueue(encoder.encode(csvRecords(listing.columns, current.data)));
      if (current.next_cursor === null) controller.close();
    },
  });
}

function csvHeader<Row>(columns: CsvColumns<Row>): string {
  return csvRecord(Object.keys(columns));
}

function csvRecords<Row>(columns: CsvColumns<Row>, rows: Row[]): string {
  const values = Object.values(columns);
  return rows.map((row) => csvRecord(values.map((value) => value(row)))).join("");
}
