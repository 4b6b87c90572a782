import type { ComponentChildren, Key } from "preact";
import { linkTo, query, setQuery } from "../address/route.ts";
import { count } from "./format.ts";

export interface Column<Row> {
  /** Also the API's name of the sort, where `sortable`. */
  key: string;
  head: ComponentChildren;
  cell: (row: Row) => ComponentChildren;
  /** Figures stand right, one under another. */
  figures?: boolean;
  /** Shown in a table of this width on; always, if not given: small 560 px, medium 720, wide 1080, huge 1260. */
  from?: "small" | "medium" | "wide" | "huge";
  sortable?: boolean;
  /** What is sorted first when the column is chosen: figures and times descend. */
  first?: "ascending" | "descending";
}

interface TableProps<Row> {
  /** What the table is, for screen readers. */
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  id: (row: Row) => Key;
  /** So high at most that what is below it is found: the rest scrolls inside. */
  low?: boolean;
  /** The sort in force, as the API writes it ("-clicks"); the address keeps a change in ?sort=. */
  sort?: string;
}

/**
 * The first column is the row's name. It scrolls sideways inside itself where it is too wide, and can be reached by
 * keyboard for that.
 */
export function Table<Row>({ label, columns, rows, id, low, sort }: TableProps<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class={`table-frame${low ? " low" : ""}`} aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={id(row)}>
              {columns.map((column, i) =>
                i === 0 ? (
                  <th key={column.key} scope="row" class={classes(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.key} class={classes(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Head<Row>({ column, sort }: { column: Column<Row>; sort: string | undefined }) {
  const { key, head, sortable, first = column.figures ? "descending" : "ascending" } = column;
  if (!sortable) {
    return (
      <th scope="col" class={classes(column)}>
        {head}
      </th>
    );
  }
  const direction = sort === key ? "ascending" : sort === `-${key}` ? "descending" : undefined;
  const next = direction === undefined ? first : direction === "ascending" ? "descending" : "ascending";
  return (
    <th scope="col" class={classes(column)} aria-sort={direction ?? "none"}>
      <button
        type="button"
        class="sort"
        onClick={() => setQuery({ sort: (next === "descending" ? "-" : "") + key, cursor: null }, "replace")}
      >
        {head}
        <span class="arrow" />
      </button>
    </th>
  );
}

function classes<Row>({ figures, from }: Column<Row>): string | undefined {
  return [figures && "figures", from && `from-${from}`].filter(Boolean).join(" ") || undefined;
}

/** The next page is read from its beginning. */
function toTop({ currentTarget }: { currentTarget: Element }): void {
  currentTarget.closest(".card")?.scrollIntoView();
}

/** Pages by key, so there is a first one and a next one; the browser's own "back" leads to the one before. */
export function Pager({
  next,
  rows,
  total,
}: {
  next: string | null;
  rows: number;
  total?: number | undefined;
}) {
  const at = query.value.get("cursor");
  if (!at && !next) return null;
  const base = Object.fromEntries(query.value);
  const here = location.pathname.replace(/^\/dashboard/, "") || "/";
  return (
    <nav class="pager" aria-label="Pages">
      {at ? (
        <a href={linkTo(here, { ...base, cursor: null })} onClick={toTop}>
          First page
        </a>
      ) : (
        <span />
      )}
      <span class="soft">
        {count(rows)} {total === undefined ? "rows" : `of ${count(total)}`}
      </span>
      {next ? (
        <a href={linkTo(here, { ...base, cursor: next })} onClick={toTop}>
          Next page
        </a>
      ) : (
        <span>Last page</span>
      )}
    </nav>
  );
}
