/** SQL put together from parts. What is not itself a part is bound, so no value can end up in the statement's text. */

export interface Sql {
  text: string;
  binds: unknown[];
}

/** `` sql`id = ${id} AND ${other}` ``: a part is inserted with its own values, anything else becomes a parameter. */
export function sql(strings: TemplateStringsArray, ...values: unknown[]): Sql {
  const binds: unknown[] = [];
  let text = strings[0]!;
  values.forEach((value, i) => {
    if (isSql(value)) {
      text += value.text;
      binds.push(...value.binds);
    } else {
      text += "?";
      binds.push(value);
    }
    text += strings[i + 1]!;
  });
  return { text, binds };
}

/** A part of the statement as it stands: columns and expressions that are written in this source, never input. */
export function raw(text: string): Sql {
  return { text, binds: [] };
}

/** @returns the conditions joined with AND; without any, one that holds always. */
export function all(conditions: Sql[]): Sql {
  return conditions.length === 0 ? raw("TRUE") : joined(conditions, " AND ");
}

export function joined(parts: Sql[], by: string): Sql {
  return { text: parts.map(({ text }) => text).join(by), binds: parts.flatMap(({ binds }) => binds) };
}

export function prepare(db: D1Database, { text, binds }: Sql): D1PreparedStatement {
  return db.prepare(text).bind(...binds);
}

function isSql(value: unknown): value is Sql {
  return typeof value === "object" && value !== null && "text" in value && "binds" in value;
}
