/** The machine's page, loaded when it is opened: no screen in the room carries it. */
import "../pairing/offer.css";
import "../set/set.css";
import "./machine.css";
import "./plan.css";

export { Machine } from "./Machine";
