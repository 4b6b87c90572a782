/** What a program needs: itself, its partners, its networks, and the script on the page. */

import { linkTo } from "../../address/route.ts";
import { InstallSection } from "./install-section.tsx";
import { PartnersSection } from "./partners-section.tsx";
import { ProgramsSection } from "./programs-section.tsx";

const SECTIONS = [
  { id: "", label: "Programs" },
  { id: "partners", label: "Partners" },
  { id: "install", label: "Script" },
];

export function SetupView({ section }: { section: string }) {
  return (
    <>
      <div class="view-head">
        <h1>Set-up</h1>
      </div>
      <nav class="tabs" aria-label="Set-up">
        {SECTIONS.map(({ id, label }) => (
          <a
            key={id}
            href={linkTo(`/setup${id && `/${id}`}`)}
            aria-current={section === id ? "page" : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
      {section === "partners" ? (
        <PartnersSection />
      ) : section === "install" ? (
        <InstallSection />
      ) : (
        <ProgramsSection />
      )}
    </>
  );
}
