/** The recording itself, loaded when somebody opens it. */
import "./leaves.css";

export { Leaves } from "./Leaves";
