/** The style guide, loaded when it is opened: no screen in the room carries it. */
import "../styles/light.css";
import "./guide.css";

export { Guide } from "./Guide";
