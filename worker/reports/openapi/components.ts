/** Zod schemas as OpenAPI 3.1 schemas, those with an id as components. Pure. */

import { z } from "zod";

type Json = Record<string, unknown>;
type Direction = "input" | "output";

const PREFIX = "#/components/schemas/";

/**
 * Collects schemas first and names them at the end: one that is taken in otherwise than it is given out (a default
 * makes a member optional in one direction) becomes two components, the one taken in with "Input" behind its name.
 */
export class Components {
  readonly #defs: Record<Direction, Map<string, Json>> = { input: new Map(), output: new Map() };

  /** @returns the schema, whose references {@link named} completes. */
  add(schema: z.ZodType, direction: Direction): Json {
    const options = { io: direction, unrepresentable: "any" } as const;
    // Wrapped, so that the schema itself can be a component.
    const { properties, $defs = {} } = z.toJSONSchema(z.object({ it: schema }), options) as unknown as {
      properties: { it: Json };
      $defs?: Record<string, Json>;
    };
    for (const [name, def] of Object.entries($defs)) this.#defs[direction].set(name, marked(def, direction));
    return marked(properties.it, direction);
  }

  /** @param document with what {@link add} returned. @returns it with the names of components, and these. */
  named(document: Json): { document: Json; schemas: Record<string, Json> } {
    const twofold = this.#twofold();
    const nameOf = (name: string, direction: string) =>
      direction === "input" && twofold.has(name) ? `${name}Input` : name;
    const complete = (value: unknown): Json =>
      JSON.parse(
        JSON.stringify(value).replace(
          /"(input|output) #\/\$defs\/([^"]+)"/g,
          (_, direction: string, name: string) => `"${PREFIX}${nameOf(name, direction)}"`,
        ),
      );
    const schemas: Record<string, Json> = {};
    for (const direction of ["output", "input"] as const) {
      for (const [name, def] of this.#defs[direction]) schemas[nameOf(name, direction)] = complete(def);
    }
    const sorted = Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return { document: complete(document), schemas: Object.fromEntries(sorted) };
  }

  /** Names that mean different things in the two directions, themselves or by what they refer to. */
  #twofold(): Set<string> {
    const { input, output } = this.#defs;
    const both = [...input.keys()].filter((name) => output.has(name));
    const text = (def: Json) => JSON.stringify(def).replaceAll(/"(?:input|output) #/g, '"#');
    const found = new Set(both.filter((name) => text(input.get(name)!) !== text(output.get(name)!)));
    for (let grown = -1; grown !== found.size; ) {
      grown = found.size;
      for (const name of both) {
        const refers = [...found].some((other) => text(input.get(name)!).includes(`"#/$defs/${other}"`));
        if (refers) found.add(name);
      }
    }
    return found;
  }
}

/** Says of each reference in which direction it is meant. What JSON Schema says of itself is left out. */
function marked(schema: Json, direction: Direction): Json {
  const { $schema: _, id: __, ...rest } = schema;
  return JSON.parse(JSON.stringify(rest).replaceAll('"#/$defs/', `"${direction} #/$defs/`));
}
