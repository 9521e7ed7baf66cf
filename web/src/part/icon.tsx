/** Small drawings beside words, never instead of them; so they are hidden from screen readers. */

const PATHS = {
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 17a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
  images: "M7 3h14v13H7zM3 8v13h14M9 14l4-5 3 3 2-2 3 4",
  list: "M9 6h12M9 12h12M9 18h12M4 6h.01M4 12h.01M4 18h.01",
  visit: "M5 4h14v17H5zM9 2v4M15 2v4M8 11h8M8 15h5",
  menu: "M4 6h16M4 12h16M4 18h16",
  globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  shield: "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6z",
  speaker: "M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 0 1 0 6M18 6a8 8 0 0 1 0 12",
  share: "M8 12l8-5M8 12l8 5M6 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM18 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM18 20a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  text: "M5 3h14v18H5zM8 8h8M8 12h8M8 16h5",
  eye: "M2 12c5-9 15-9 20 0-5 9-15 9-20 0zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  yes: "M5 13l4 4L19 7",
  no: "M6 6l12 12M18 6L6 18",
  absent: "M5 20C3 9 10 4 20 4c1 11-5 17-15 16zM4 4l16 16",
  question: "M8 9a4 4 0 1 1 5 4c-1 .5-1 1-1 2M12 19h.01",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6",
  turn: "M19 8a8 8 0 1 0 1 6M20 4v5h-5",
  cut: "M7 2v15h15M2 7h15v15",
  leaf: "M5 20C3 9 10 4 20 4c1 11-5 17-15 16zM5 20L15 10",
  waiting: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l4 2",
  letter: "M3 5h18v14H3zM3 6l9 7 9-7",
  sent: "M12 20V6M6 11l6-6 6 6",
  phone: "M8 2h8v20H8zM11 19h2",
  warning: "M12 3l10 18H2zM12 10v5M12 18h.01",
  print: "M7 8V3h10v5M7 17H4V8h16v9h-3M7 14h10v7H7z",
  download: "M12 4v11M7 10l5 5 5-5M4 20h16",
  book: "M12 6c-2-2-5-2-9-2v14c4 0 7 0 9 2 2-2 5-2 9-2V4c-4 0-7 0-9 2zM12 6v14",
  torch: "M7 3h10v4l-2 3v11H9V10L7 7zM7 7h10M12 13v3",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c1-5 4-7 8-7s7 2 8 7",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false"><path d={PATHS[name]} /></svg>;
}
