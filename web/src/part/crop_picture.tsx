/** A drawing of each crop's harvest, to find it without reading. Drawn from a few shapes: photos would cost megabytes. */

type Shape = readonly [kind: "c" | "e" | "p", place: string, colour: string];

const LEAF: Shape = ["p", "M12 8c1-4 4-5 7-5 0 4-3 6-7 5z", "#3d8b37"];
const STALK: Shape = ["p", "M11 3h2v6h-2z", "#6b4a2b"];
const pod = (colour: string, bean: string): readonly Shape[] => [
  ["p", "M3 17C5 9 12 5 21 5c-1 9-8 14-16 14z", colour],
  ["c", "9 14 2", bean],
  ["c", "13 11 2", bean],
  ["c", "17 8 1.6", bean],
];
const stone = (colour: string): readonly Shape[] => [["c", "12 14 8", colour], STALK, LEAF];
const SEEDS = ["7 8", "16 7", "12 13", "5 16", "18 16", "11 20"];
const seeds = (colour: string): readonly Shape[] => SEEDS.map((at) => ["e", `${at} 3.6 2.6`, colour]);
const eyes: readonly Shape[] = SEEDS.map((at) => ["e", `${at} 1.4 .5`, "#ffffff"]);
const STAR = "M8 7l1 2 2 1-2 1-1 2-1-2-2-1 2-1zM16 13l1 2 2 1-2 1-1 2-1-2-2-1 2-1z";
const ears = (colour: string): readonly Shape[] => [
  ["e", "19 6 1.3 2.6", colour],
  ["e", "15 9 1.3 2.6", colour],
  ["e", "12 13 1.3 2.6", colour],
  ["e", "17 12 1.3 2.6", colour],
  ["e", "14 17 1.3 2.6", colour],
];
const pepper = (colour: string): readonly Shape[] => [["p", "M5 9c0-4 14-4 14 0 0 6-2 12-5 12-1 0-1-1-2-1s-1 1-2 1c-3 0-5-6-5-12z", colour], STALK];

const PICTURES: Readonly<Record<string, readonly Shape[]>> = {
  apple: stone("#c62f2f"),
  banana: [["p", "M5 3c1 11 6 16 16 16l1 2C10 24 1 16 3 3z", "#f0c419"]],
  bean: pod("#4f9d3a", "#f4efe1"),
  bell_pepper: pepper("#d9372c"),
  blackgram: [...seeds("#26262a"), ...eyes],
  blueberry: [["c", "8 10 6", "#3f56a6"], ["c", "16 16 6", "#5470c6"], ["p", STAR, "#22305f"]],
  cherry: [["c", "7 17 4.5", "#a31030"], ["c", "17 16 4.5", "#a31030"], ["p", "M7 14C8 8 12 4 17 3c-3 4-1 7 0 9h-1.5c-1-2-2-4-1-7-4 2-5 5-6 9z", "#3d8b37"]],
  cassava: [["p", "M11 3h2v6h-2z", "#3d8b37"], ["p", "M12 8c2 4 4 9 9 13-7-1-9-4-9-4s-1 4-9 4c5-4 7-9 9-13z", "#8a5a3a"]],
  chilli: [["p", "M17 5c4 1 3 5 1 8-4 6-10 8-15 7 6-1 9-4 10-8 0-4 1-7 4-7z", "#d01f1f"], ["p", "M16 5l3-3 2 2-3 3z", "#3d8b37"]],
  citrus: [["c", "12 13 9", "#f08a1d"], ["c", "12 13 6.5", "#f9b65d"], LEAF],
  cocoa: [["e", "12 13 6 9", "#b5651d"], ["p", "M11.4 4c-3 5-3 13 0 18h1.2c3-5 3-13 0-18z", "#8a4413"], STALK],
  coffee: [["e", "12 12 6 9", "#6b4226"], ["p", "M11.3 3c2 6-2 12 0 18h1.4c-2-6 2-12 0-18z", "#e9d9c4"]],
  grape: [...["6 9", "12 9", "18 9", "9 14", "15 14", "12 19"].map((at): Shape => ["c", `${at} 3.2`, "#6b3fa0"]), STALK, LEAF],
  groundnut: [["c", "8 15 6", "#c9a063"], ["c", "16 9 5", "#c9a063"], ["p", "M7 12l2 2M15 8l2 2", "#8d6a38"]],
  maize: [["e", "12 11 4.5 9", "#f2c230"], ["p", "M12 22C5 20 4 13 6 9c1 5 3 8 6 9 3-1 5-4 6-9 2 4 1 11-6 13z", "#4f9d3a"]],
  mango: [["p", "M7 8c5-6 14-1 13 7-1 7-13 9-16 2-1-4 1-6 3-9z", "#f2a134"], LEAF],
  peach: [...stone("#f4a07a"), ["p", "M12 6c-2 5-2 11 0 16-4-5-4-11 0-16z", "#d9745a"]],
  potato: [["e", "12 13 9 6.5", "#b98a53"], ["c", "9 12 .8", "#7a5830"], ["c", "14 15 .8", "#7a5830"], ["c", "16 11 .8", "#7a5830"]],
  raspberry: [["p", "M4 9c0-4 16-4 16 0 0 7-5 13-8 13S4 16 4 9z", "#c2255c"], ...["8 11", "12 10", "16 11", "10 15", "14 15", "12 19"].map((at): Shape => ["c", `${at} 1.6`, "#e8749c"]), ["p", "M6 6l6-4 6 4-6 2z", "#3d8b37"]],
  rice: [["p", "M5 22C7 12 12 5 20 3l1 1C14 7 9 13 7 22z", "#7d9a45"], ...ears("#e3c667")],
  sorghum: [["p", "M11 12h2v10h-2z", "#7d9a45"], ["e", "12 8 5 6.5", "#a23b2a"], ["c", "10 6 1", "#d98a6a"], ["c", "14 8 1", "#d98a6a"], ["c", "11 11 1", "#d98a6a"]],
  soybean: [["p", "M11 2h2v4h-2z", "#6b4a2b"], ["c", "12 8 4.2", "#9dbb4f"], ["c", "12 13.5 4.2", "#86a83a"], ["c", "12 19 4", "#9dbb4f"]],
  squash: [["e", "12 14 10 7", "#e07b1f"], ["e", "12 14 4 7", "#f09a3e"], STALK],
  strawberry: [["p", "M4 8c4-3 12-3 16 0 0 7-5 13-8 13S4 15 4 8z", "#d8263c"], ["p", "M6 7l6-4 6 4-6 3z", "#3d8b37"]],
  sugarcane: [["p", "M6 2h3v20H6zM11 2h3v20h-3zM16 2h3v20h-3z", "#8aa63b"], ["p", "M5 8h15v1H5zM5 15h15v1H5z", "#5b7224"]],
  sweet_potato: [["p", "M2 12c5-8 14-9 20-3-3 9-13 13-20 3z", "#b5526a"], ["p", "M8 10h2v1H8zM14 12h3v1h-3z", "#7e2f45"]],
  tomato: [["c", "12 14 8.5", "#dd2f22"], ["p", "M12 9l-5-3 4-1 1-3 1 3 4 1z", "#3d8b37"]],
  wheat: [["p", "M11.3 10h1.4v12h-1.4z", "#c9a23a"], ["e", "12 4 1.6 3", "#e0b84c"], ["e", "9 7 1.6 3", "#e0b84c"], ["e", "15 7 1.6 3", "#e0b84c"], ["e", "9 12 1.6 3", "#e0b84c"], ["e", "15 12 1.6 3", "#e0b84c"]],
};
const ANY: readonly Shape[] = [["p", "M4 21C2 9 10 3 21 3c1 12-6 18-17 18z", "#3d8b37"]];

export function CropPicture({ crop }: { crop: string }) {
  return (
    <svg viewBox="0 0 24 24" width="40" height="40" aria-hidden="true" focusable="false">
      {(PICTURES[crop] ?? ANY).map(([kind, place, colour]) => {
        if (kind === "p") return <path d={place} fill={colour} />;
        const [x, y, rx, ry] = place.split(" ");
        return <ellipse cx={x} cy={y} rx={rx} ry={ry ?? rx} fill={colour} />;
      })}
    </svg>
  );
}
