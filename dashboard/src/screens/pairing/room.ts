/** What the wall loads to offer a code. */
import "./offer.css";

export { OfferBar } from "./OfferBar";
