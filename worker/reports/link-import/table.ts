/** A CSV file as rows of named cells. Pure. */

import Papa from "papaparse";
import { plainCell } from "../csv.ts";

export const MAX_ROWS = 5000;

export interface Row {
  /** Where it begins in the file. */
  line: number;
  /** By column; trimmed, and without the apostrophe of an export. */
  cells: Record<string, string>;
  /** Where the row does not have the header's columns; which cell is which is then unknown. */
  misfit?: string;
}

export interface Table {
  columns: string[];
  rows: Row[];
}

/** @returns what is wrong with the file as a whole, as a sentence that its name begins. */
export function readTable(file: string): Table | { fault: string } {
  // One line end, so that lines can be counted; no field may hold one anyway.
  const text = file.replace(/\r\n?/g, "\n");
  const records = readRecords(text);
  if ("fault" in records) return records;
  const [header, ...rest] = records;
  if (!header) return { fault: "is empty: its first row names the columns" };
  const columns = header.cells.map((name) => name.trim().toLowerCase());
  const twice = columns.find((name, i) => name !== "" && columns.indexOf(name) !== i);
  if (twice !== undefined) return { fault: `has the column ${twice} twice` };
  if (rest.length > MAX_ROWS) return { fault: `must have ${MAX_ROWS} rows or fewer` };
  return {
    columns: columns.filter((name) => name !== ""),
    rows: rest.map((record) => rowOf(record, columns)),
  };
}

interface RawRow {
  line: number;
  cells: string[];
}

function readRecords(text: string): RawRow[] | { fault: string } {
  const records: RawRow[] = [];
  let fault: string | undefined;
  let line = 1;
  let end = 0;
  Papa.parse<string[]>(text, {
    delimiter: delimiterOf(text),
    newline: "\n",
    step: ({ data, errors, meta }, parser) => {
      if (errors.length > 0)
        fault = `has a quote in line ${line} that ends nowhere, or inside a value: write it twice`;
      // A line without anything in it, as at the end of most files, is no row.
      if (data.some((cell) => cell.trim() !== "")) records.push({ line, cells: data });
      line += text.slice(end, meta.cursor).split("\n").length - 1;
      end = meta.cursor;
      if (fault || records.length > MAX_ROWS + 1) parser.abort();
    },
  });
  return fault ? { fault } : records;
}

/** Spreadsheets write semicolons where the comma is the decimal sign. No column's name has either. */
function delimiterOf(text: string): "," | ";" {
  const header = /^.*$/m.exec(text)![0];
  return header.includes(";") && !header.includes(",") ? ";" : ",";
}

function rowOf({ line, cells }: RawRow, columns: string[]): Row {
  const named = columns.map((name, i) => [name, plainCell(cells[i] ?? "").trim()] as const);
  const row = { line, cells: Object.fromEntries(named.filter(([name]) => name !== "")) };
  const beyond = cells.slice(columns.length).some((cell) => cell !== "");
  if (cells.length >= columns.length && !beyond) return row;
  return { ...row, misfit: `the row has ${cells.length} cells, the header ${columns.length}` };
}
