/** All about visits, loaded only where a worker has signed in. */

import "./style.css";

export { exchange, knownWorker } from "./exchange";
export { CaseNotes } from "./notes";
export { VisitScreen } from "./screen";
