/** Whatever a caller sends: rows or a 400 in words, never a 500. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { countryCodes, countryName } from "../../worker/reports/everflow/countries.ts";
import { parseWall, periodOf } from "../../worker/reports/everflow/period.ts";
import { ClicksReport, RESOURCE_TYPES } from "../../worker/reports/everflow/schema.ts";
import { TIMEZONES } from "../../worker/reports/everflow/timezones.ts";
import { wallOf } from "../../worker/reports/zone.ts";
import { call, programAndPartner } from "./support/call.ts";
import { eflow, STREAM } from "./support/everflow.ts";
import { insertClick } from "./support/rows.ts";

/** A call takes tens of milliseconds where the machine is busy. */
const PATIENCE_MS = 60_000;

let key: string;

beforeAll(async () => {
  const { api_key, ...ids } = await programAndPartner();
  key = api_key;
  const given = { ...ids, code: "ANY", destination_url: "https://shop.example/" };
  const { body } = await call("POST", "/links", given);
  await insertClick({ at: Date.UTC(2026, 0, 10, 12), ...ids, link_id: body.id }, { params: '{"sub1":"a"}' });
});

async function answered(body: string): Promise<void> {
  const { status, body: answer } = await eflow("POST", STREAM, key, body);
  if (status === 200) expect(ClicksReport.safeParse(answer).error).toBeUndefined();
  else {
    expect([400, 413]).toContain(status);
    expect(answer).toEqual({ error: expect.any(String) });
  }
}

const anyText = fc.string({ unit: "binary", maxLength: 50 });
const anyWall = fc.oneof(
  anyText,
  fc
    .date({ noInvalidDate: true, min: new Date("0000-01-01"), max: new Date("9999-12-31") })
    .map((date) => utcWall(date.getTime())),
  fc.constantFrom("2026-01-10 00:00:00", "2026-01-20 23:59:59", "0000-00-00 00:00:00", "9999-12-31 23:59:60"),
);
const anyFilter = fc.record(
  {
    resource_type: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...RESOURCE_TYPES) }, anyText),
    filter_id_value: fc.oneof({ weight: 9, arbitrary: anyText }, fc.double(), fc.jsonValue()),
  },
  { requiredKeys: [] },
);
const anyRequest = fc.record(
  {
    from: fc.oneof({ weight: 9, arbitrary: anyWall }, fc.jsonValue()),
    to: fc.oneof({ weight: 9, arbitrary: anyWall }, fc.jsonValue()),
    timezone_id: fc.oneof(
      fc.constantFrom(...Object.keys(TIMEZONES).map(Number)),
      fc.integer(),
      fc.jsonValue(),
    ),
    query: fc.oneof(
      fc.record({ filters: fc.array(anyFilter), exclusions: fc.array(anyFilter) }, { requiredKeys: [] }),
      fc.jsonValue(),
    ),
  },
  { requiredKeys: [] },
);

test(
  "any text as a request is answered in words",
  async () => {
    await fc.assert(fc.asyncProperty(fc.oneof(anyText, fc.json()), answered), { numRuns: 50 });
  },
  PATIENCE_MS,
);

test(
  "anything of a request's form is answered with rows or in words",
  async () => {
    await fc.assert(
      fc.asyncProperty(anyRequest, (request) => answered(JSON.stringify(request))),
      { numRuns: 50 },
    );
  },
  PATIENCE_MS,
);

test(
  "any filters of a period that is there are answered with rows",
  async () => {
    const filter = fc.record({ resource_type: fc.constantFrom(...RESOURCE_TYPES), filter_id_value: anyText });
    const query = fc.record({ filters: fc.array(filter), exclusions: fc.array(filter) });
    const period = { from: "2026-01-10 00:00:00", to: "2026-01-10 23:59:59", timezone_id: 67 };
    await fc.assert(
      fc.asyncProperty(query, async (given) => {
        const { status, body } = await eflow("POST", STREAM, key, { ...period, query: given });
        expect(status).toBe(200);
        expect(body.clicks.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  },
  PATIENCE_MS,
);

test(
  "any id is answered with a click or in words",
  async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (id) => {
        const path = `/v1/affiliates/reporting/clicks/${encodeURIComponent(id.toWellFormed())}`;
        const { status } = await eflow("GET", path, key);
        expect([400, 401, 404, 405]).toContain(status);
      }),
      { numRuns: 50 },
    );
  },
  PATIENCE_MS,
);

test(
  "any key is refused with 401",
  async () => {
    await fc.assert(
      // Each from an address of its own: many wrong ones from one are refused with 429.
      fc.asyncProperty(fc.string({ maxLength: 300 }), fc.ipV4(), async (given, from) => {
        fc.pre(given.trim() !== env.ADMIN_TOKEN && given.trim() !== key);
        const { status } = await eflow("POST", STREAM, given, "{}", from);
        expect(status).toBe(401);
      }),
      { numRuns: 50 },
    );
  },
  PATIENCE_MS,
);

test("an instant is in the period of the second that a clock shows then, in every zone", () => {
  const instants = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) });
  fc.assert(
    fc.property(instants, fc.constantFrom(...Object.values(TIMEZONES)), (instant, zone) => {
      const wall = Math.floor(wallOf(instant, zone) / 1000) * 1000;
      const { from, to } = periodOf(wall, wall, zone);
      expect(from).toBeLessThanOrEqual(instant);
      expect(to).toBeGreaterThan(instant);
    }),
    { numRuns: 500 },
  );
});

test("two periods that meet leave no instant out, and share one only where a clock shows it twice", () => {
  const walls = fc.integer({ min: Date.UTC(2020, 0, 1) / 1000, max: Date.UTC(2030, 0, 1) / 1000 });
  fc.assert(
    fc.property(walls, fc.constantFrom(...Object.values(TIMEZONES)), (seconds, zone) => {
      const wall = seconds * 1000;
      const earlier = periodOf(wall - 3_600_000, wall - 1000, zone);
      const later = periodOf(wall, wall + 3_600_000, zone);
      expect(later.from).toBeLessThanOrEqual(earlier.to);
      expect(earlier.to - later.from).toBeLessThanOrEqual(3_600_000);
    }),
    { numRuns: 500 },
  );
});

test("a wall time that is read is written the same", () => {
  fc.assert(
    fc.property(anyWall, (text) => {
      const wall = parseWall(text);
      if (wall !== undefined) expect(utcWall(wall)).toBe(text);
    }),
  );
});

test("a country is found by the name that the report shows", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 2, maxLength: 2 }), (code) => {
      const name = countryName(code);
      if (name) expect(countryCodes(name)).toContain(code);
    }),
  );
});

/** @returns `YYYY-mm-DD HH:MM:SS` of an instant (unix ms) in UTC. */
function utcWall(instant: number): string {
  return new Date(instant).toISOString().slice(0, 19).replace("T", " ");
}
