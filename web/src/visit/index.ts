/** All about visits and those who make them, loaded only where a worker signs in or has. */

import "./style.css";

export { exchange, knownWorker } from "./exchange";
export { CaseNotes } from "./notes";
export { VisitScreen } from "./screen";
export { SignIn } from "./sign_in";
