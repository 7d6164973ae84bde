/** The record's pages, loaded when one is opened: no screen in the room carries them. */
import "./record.css";
import "./list.css";
import "./filters.css";
import "./bulk.css";
import "../set/set.css";
import "./summaries.css";

export { Session } from "./Session";
export { Sessions } from "./Sessions";
