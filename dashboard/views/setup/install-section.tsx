import { linkTo, query, setQuery } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { useResource } from "../../api/resource.ts";
import type { Program } from "../../api/types.ts";
import { Copy } from "../../parts/copy.tsx";
import { SelectField } from "../../parts/field.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { SetupCheckCard } from "./setup-check-card.tsx";

/** The tag for a program's pages, and whether it works there. */
export function InstallSection() {
  // Asked for anew: whoever has just made a program looks at this next.
  const programs = useResource("programs", (signal) => api.programs(signal));
  return <Loaded of={programs}>{({ data }) => <Install programs={data} />}</Loaded>;
}

function Install({ programs }: { programs: Program[] }) {
  const chosen = Number(query.value.get("program"));
  const program = programs.find(({ id }) => id === chosen) ?? programs[0];
  if (!program) {
    return (
      <section class="card">
        <Empty title="There is no program yet">
          <p>Each program has a script of its own.</p>
          <a class="button primary" href={linkTo("/setup")}>
            Make a program
          </a>
        </Empty>
      </section>
    );
  }
  return (
    <div class="form">
      {programs.length > 1 && (
        <div class="bar">
          <SelectField
            label="Program"
            value={String(program.id)}
            onChange={(value) => setQuery({ program: value })}
            options={programs.map(({ id, name }) => ({ value: String(id), label: name }))}
          />
        </div>
      )}
      <TagCard key={`tag ${program.id}`} program={program.id} />
      <SetupCheckCard key={`check ${program.id}`} program={program} />
    </div>
  );
}

function TagCard({ program }: { program: number }) {
  const snippet = useResource(String(program), (signal) => api.snippet(program, signal));
  return (
    <section class="card form">
      <h2>Put this tag into every page</h2>
      <Loaded of={snippet} rows={2}>
        {({ tag, pinned_tag }) => (
          <div class="form">
            <Tag text={tag} label="Copy the tag" />
            <p class="soft">
              Anywhere in the head. It loads beside the page and does nothing unless a visitor comes through a
              referral link.
            </p>
            {pinned_tag && (
              <details>
                <summary>The same, pinned: the browser refuses any other file (SRI)</summary>
                <div class="form">
                  <Tag text={pinned_tag} label="Copy the pinned tag" />
                  <p class="soft">
                    It does not follow new versions: change it when the collector is deployed anew.
                  </p>
                </div>
              </details>
            )}
          </div>
        )}
      </Loaded>
    </section>
  );
}

function Tag({ text, label }: { text: string; label: string }) {
  return (
    <div class="address-line">
      <code>{text}</code>
      <Copy text={text} label={label} />
    </div>
  );
}
