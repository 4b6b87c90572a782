import { useState } from "preact/hooks";
import { go, linkTo } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { loadPrograms } from "../../api/programs.ts";
import { useResource } from "../../api/resource.ts";
import type { Program } from "../../api/types.ts";
import { StateBadge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { count } from "../../parts/format.ts";
import { NETWORK_NAMES } from "../../parts/network-name.ts";
import { Empty, Loaded } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { ProgramPanel } from "./program-panel.tsx";
import { TestClickPanel } from "./test-click-panel.tsx";

type Open = { panel: "new" } | { panel: "edit"; program: Program } | { panel: "test"; program: Program };

export function ProgramsSection() {
  const programs = useResource("programs", (signal) => api.programs(signal));
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const saved = () => {
    close();
    programs.reload();
    void loadPrograms();
  };
  const made = ({ id }: Program) => {
    void loadPrograms();
    go(`/setup/install?program=${id}`);
  };
  return (
    <section class="card flush">
      <div class="bar card-bar">
        <h2>Programs</h2>
        <Button kind="primary" icon="plus" onClick={() => setOpen({ panel: "new" })}>
          New program
        </Button>
      </div>
      <Loaded of={programs}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="There is no program yet">
              <p>
                A program is what partners are paid by: its shop's hosts, how long a click counts, and the
                networks that are told.
              </p>
              <Button kind="primary" icon="plus" onClick={() => setOpen({ panel: "new" })}>
                New program
              </Button>
            </Empty>
          ) : (
            <Table label="Programs" columns={columns(setOpen)} rows={data} id={({ id }) => id} />
          )
        }
      </Loaded>
      {open?.panel === "new" && <ProgramPanel onClose={close} onSaved={made} />}
      {open?.panel === "edit" && <ProgramPanel program={open.program} onClose={close} onSaved={saved} />}
      {open?.panel === "test" && <TestClickPanel program={open.program} onClose={close} />}
    </section>
  );
}

function columns(setOpen: (open: Open) => void): Column<Program>[] {
  return [
    {
      key: "name",
      head: "Program",
      cell: ({ id, name, landing_url }) => (
        <>
          <span class="cut">{name}</span>
          <span class="under cut">
            {id} · {landing_url}
          </span>
        </>
      ),
    },
    {
      key: "domains",
      head: "Hosts",
      from: "wide",
      cell: ({ domains }) => <span class="cut soft">{domains.join(", ")}</span>,
    },
    {
      key: "rules",
      head: "Rules",
      from: "medium",
      cell: ({ cookie_window_days, attribution_model }) =>
        `${cookie_window_days} days, ${attribution_model.replace("_", " ")}`,
    },
    {
      key: "networks",
      head: "Networks",
      from: "small",
      cell: ({ everflow, avantlink }) =>
        Object.entries({ everflow, avantlink })
          .filter(([, settings]) => settings)
          .map(([name, settings]) => `${NETWORK_NAMES[name]}${settings!.enabled ? "" : " (off)"}`)
          .join(", ") || "none",
    },
    { key: "status", head: "Status", from: "small", cell: ({ status }) => <StateBadge state={status} /> },
    { key: "clicks", head: "Clicks", figures: true, cell: ({ clicks }) => count(clicks) },
    {
      key: "actions",
      head: <span class="unseen">Actions</span>,
      cell: (program) => (
        <div class="row-actions">
          {(program.everflow || program.avantlink) && (
            <Button
              kind="quiet"
              icon="deliveries"
              label={`Send a test click of ${program.name}`}
              onClick={() => setOpen({ panel: "test", program })}
            />
          )}
          <a class="button quiet only-wide" href={linkTo("/setup/install", { program: program.id })}>
            Script
          </a>
          <Button
            kind="quiet"
            icon="edit"
            label={`Edit ${program.name}`}
            onClick={() => setOpen({ panel: "edit", program })}
          />
        </div>
      ),
    },
  ];
}
