import { linkTo, query, setQuery } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { programs } from "../../api/programs.ts";
import { useResource } from "../../api/resource.ts";
import { Copy } from "../../parts/copy.tsx";
import { SelectField } from "../../parts/field.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { SetupCheckCard } from "./setup-check-card.tsx";

/** The tag for a program's pages, and whether it works there. */
export function InstallSection() {
  const chosen = Number(query.value.get("program")) || programs.value[0]?.id;
  const program = programs.value.find(({ id }) => id === chosen);
  if (!program) {
    return (
      <section class="card">
        <Empty title="There is no program yet">
          <a class="button primary" href={linkTo("/setup")}>
            To the programs
          </a>
        </Empty>
      </section>
    );
  }
  return (
    <>
      {programs.value.length > 1 && (
        <div class="bar">
          <SelectField
            label="Program"
            value={String(program.id)}
            onChange={(value) => setQuery({ program: value })}
            options={programs.value.map(({ id, name }) => ({ value: String(id), label: name }))}
          />
        </div>
      )}
      <TagCard key={`tag ${program.id}`} program={program.id} />
      <SetupCheckCard key={`check ${program.id}`} program={program} />
    </>
  );
}

function TagCard({ program }: { program: number }) {
  const snippet = useResource(String(program), (signal) => api.snippet(program, signal));
  return (
    <section class="card">
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
