/** What a browser loads only to become a screen. */
import "./pairing.css";

export { Pairing } from "./Pairing";
