/** The replay page, loaded when it is opened: no other page carries the charts. */
import "uplot/dist/uPlot.min.css";
import "../record/record.css";
import "./replay.css";
import "./side.css";

export { Replay } from "./Replay";
