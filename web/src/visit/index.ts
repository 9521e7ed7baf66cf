/** All about visits, loaded only where a worker has signed in. */

export { exchange, knownWorker } from "./exchange";
export { CaseNotes } from "./notes";
export { VisitScreen } from "./screen";
