import { expect, onTestFinished, test } from "vitest";
import { type AdminApi, adminApi } from "../../scripts/admin-api.ts";
import { openCollector } from "../../scripts/collector.ts";
import { seedDemo } from "../../scripts/seed-demo.ts";
import { tempFolder } from "../support/node/temp-folder.ts";

const SHOP = "http://shop.localhost:8788";

interface Listed {
  data: { id: number; name: string; code: string; kind: string; status: string; destination_url: string }[];
}

async function emptyCollector(): Promise<AdminApi> {
  const adminToken = "admin-token-for-tests";
  const clickIdSecret = "a-secret-for-tests-of-forty-characters-00";
  const collector = await openCollector({ dataDir: tempFolder(), port: 0, adminToken, clickIdSecret });
  onTestFinished(() => collector.close());
  return adminApi(collector.url, adminToken);
}

/** What a manager would see, in words. */
async function listed(api: AdminApi) {
  const [programs, partners, links] = await Promise.all([
    api.get<Listed>("/programs"),
    api.get<Listed>("/partners"),
    api.get<Listed>("/links"),
  ]);
  const partnerLinks = links.data.filter((link) => link.kind === "partner");
  return {
    programs: programs.data.map((program) => program.name),
    partners: partners.data.map((partner) => partner.name).sort(),
    links: partnerLinks.map((link) => `${link.code} → ${link.destination_url}`).sort(),
  };
}

const DEMO = {
  programs: ["Northpine Outfitters (demo)"],
  partners: ["Gear Weekly", "Summit Deals", "Trail Blog"],
  links: [`GEARWEEKLY → ${SHOP}/product`, `SUMMITDEALS → ${SHOP}/pricing`, `TRAILBLOG → ${SHOP}/`],
};

test("the demo is a program with three partners and a link for each", async () => {
  const api = await emptyCollector();
  const demo = await seedDemo(api, SHOP);
  expect(await listed(api)).toEqual(DEMO);
  expect(await api.get(`/programs/${demo.programId}`)).toMatchObject({
    domains: ["shop.localhost"],
    landing_url: `${SHOP}/`,
    everflow: null,
    avantlink: null,
  });
  expect(demo.links.map((link) => link.url)).toEqual([
    `${SHOP}/?aff=TRAILBLOG`,
    `${SHOP}/product?aff=GEARWEEKLY`,
    `${SHOP}/pricing?aff=SUMMITDEALS`,
  ]);
});

test("it is there once, however often the collector is started", async () => {
  const api = await emptyCollector();
  const first = await seedDemo(api, SHOP);
  expect(await seedDemo(api, SHOP)).toEqual(first);
  expect(await listed(api)).toEqual(DEMO);
});

test("a start that was killed amid it is taken up by the next, at whichever step", async () => {
  const api = await emptyCollector();
  let starts = 0;
  for (let done = false; !done; starts++) {
    let made = 0;
    const cutShort: AdminApi = {
      ...api,
      post: (path, body) => (made++ === 0 ? api.post(path, body) : Promise.reject(new Error("killed"))),
    };
    done = await seedDemo(cutShort, SHOP).then(
      () => true,
      () => false,
    );
  }
  // A program, three partners, three links: one for each start.
  expect(starts).toBe(7);
  expect(await listed(api)).toEqual(DEMO);
});

test("what a manager has changed stays changed", async () => {
  const api = await emptyCollector();
  const { programId, links } = await seedDemo(api, SHOP);
  await api.patch(`/programs/${programId}`, { name: "Mine", domains: ["mine.example"] });
  await api.patch(`/links/${links[0]!.id}`, { status: "inactive", destination_url: "http://mine.example/" });
  expect(await seedDemo(api, SHOP)).toMatchObject({ programId });
  expect((await listed(api)).programs).toEqual(["Mine"]);
  expect(await api.get(`/links/${links[0]!.id}`)).toMatchObject({
    status: "inactive",
    destination_url: "http://mine.example/",
  });
});

test("its addresses follow the shop to another port", async () => {
  const api = await emptyCollector();
  const { programId } = await seedDemo(api, SHOP);
  const moved = "http://shop.localhost:9001";
  const demo = await seedDemo(api, moved);
  expect(demo.links[0]!.url).toBe(`${moved}/?aff=TRAILBLOG`);
  expect((await listed(api)).links).toEqual(DEMO.links.map((link) => link.replace(SHOP, moved)));
  expect(await api.get(`/programs/${programId}`)).toMatchObject({ landing_url: `${moved}/` });
});
