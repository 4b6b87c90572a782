/** Line icons on a grid of 20, drawn here: no font, no sprite, no host. Decoration alone; the words stand beside them. */

const PATHS = {
  links:
    "M8 12a3 3 0 0 0 4.2 0l3-3A3 3 0 0 0 11 4.800l-.8.8M12 8a3 3 0 0 0-4.2 0l-3 3A3 3 0 0 0 9 15.200l.8-.8",
  live: "M3 10h3l2.5-6 3.5 12 2.5-6H17",
  deliveries:
    "M3 6h9v8H3zM12 9h3l2 2.500V14h-5zM6.5 16a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM14 16a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z",
  setup: "M4 6h7M15 6h1M4 14h1M9 14h7M13 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  copy: "M7 7h9v9H7zM4 13V4h9",
  check: "M4 10.500l4 4 8-9",
  cross: "M5 5l10 10M15 5L5 15",
  plus: "M10 4v12M4 10h12",
  search: "M9 14A5 5 0 1 0 9 4a5 5 0 0 0 0 10zM13 13l4 4",
  qr: "M4 4h4v4H4zM12 4h4v4h-4zM4 12h4v4H4zM12 12h1.500v1.500M16 12v4h-4v-1",
  edit: "M4 16l1-4 8-8 3 3-8 8z",
  out: "M8 4H4v12h4M12 7l3 3-3 3M15 10H7",
  retry: "M16 10a6 6 0 1 1-2-4.500M16 3v3h-3",
  download: "M10 3v9M6 9l4 4 4-4M4 16h12",
  upload: "M10 13V4M6 8l4-4 4 4M4 16h12",
  external: "M8 5H4v11h11v-4M11 4h5v5M16 4l-7 7",
  theme: "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14",
  key: "M12 11a3.5 3.5 0 1 0-3-2l-6 6v2h2.500l.5-2h2z",
  back: "M12 5l-5 5 5 5",
  pause: "M7 5v10M13 5v10",
  play: "M6 4l10 6-10 6z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
